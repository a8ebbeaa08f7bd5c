/** One replica's cgroups: its limits, the processes in it, and the end of both. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Workload } from '../driver.ts'
import type { CgroupRoot, Controller } from './host-limits.ts'

/** Most processes and threads of one replica: far above what scoring needs, and the end of a fork bomb. */
const maxProcesses = 4_096
const cpuPeriodUs = 100_000
const removeDeadlineMs = 5_000

export class ReplicaCgroup {
  readonly #folders: readonly CgroupRoot[]

  constructor(roots: readonly CgroupRoot[], replicaId: string) {
    this.#folders = roots.map((root) => ({ ...root, dir: path.join(root.dir, replicaId) }))
  }

  /** The folders, for whoever cleans up after a killed server. */
  get dirs(): string[] {
    return this.#folders.map(({ dir }) => dir)
  }

  /** Files that a process writes its id to, to enter. */
  get procsFiles(): string[] {
    return this.dirs.map((dir) => path.join(dir, 'cgroup.procs'))
  }

  /** Makes the folders with `limits` in force. */
  async open(limits: Workload['limits']): Promise<void> {
    for (const { dir, controllers, version } of this.#folders) {
      await mkdir(dir, { recursive: true })
      for (const controller of controllers) {
        for (const [file, value] of settings(controller, version, limits)) {
          await writeSetting(path.join(dir, file), value)
        }
      }
    }
  }

  /** How many processes of the replica the kernel killed for want of memory since `open`. */
  async oomKills(): Promise<number> {
    const folder = this.#folders.find(({ controllers }) => controllers.includes('memory'))
    if (folder === undefined) return 0
    const file = folder.version === 1 ? 'memory.oom_control' : 'memory.events'
    const text = await readFile(path.join(folder.dir, file), 'utf8').catch(() => '')
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
  }

  /** Kills what is left in it, in whatever session or group, and removes it. Does nothing the second time. */
  async close(): Promise<void> {
    await removeCgroups(this.dirs)
  }
}

/** Kills every process in the folders and removes them. Errors: a plain one when they outlive 5 s. */
export async function removeCgroups(dirs: readonly string[]): Promise<void> {
  const deadline = AbortSignal.timeout(removeDeadlineMs)
  for (let left = dirs; left.length > 0; await delay(5)) {
    for (const dir of left) await killMembers(dir)
    const removed = await Promise.all(left.map(isRemoved))
    left = left.filter((_, index) => !removed[index])
    if (left.length > 0 && deadline.aborted) throw new Error(`processes will not leave ${left.join(', ')}`)
  }
}

async function killMembers(dir: string): Promise<void> {
  await writeFile(path.join(dir, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => undefined)
  const members = await readFile(path.join(dir, 'cgroup.procs'), 'utf8').catch(() => '')
  for (const pid of members.split('\n').map(Number)) if (pid > 0) killProcess(pid)
}

/** False while the kernel says busy: a killed process is still on its way out. */
async function isRemoved(dir: string): Promise<boolean> {
  return rmdir(dir).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

/** Sends SIGKILL to a process, or with a negative id to a group; one that is gone is no error. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

type Setting = [file: string, value: string]

function settings(controller: Controller, version: 1 | 2, limits: Workload['limits']): Setting[] {
  const { memoryBytes, cpuCores } = limits
  const byController: Record<Controller, Setting[]> = {
    memory: memoryBytes === undefined ? [] : memorySettings(memoryBytes, version),
    cpu: cpuCores === undefined ? [] : cpuSettings(cpuCores, version),
    pids: [['pids.max', String(maxProcesses)]],
  }
  return byController[controller]
}

/** Swap counts into the limit, or is off: a replica that swaps is slower than one that is told. */
function memorySettings(memoryBytes: number, version: 1 | 2): Setting[] {
  const bytes = String(memoryBytes)
  if (version === 1) {
    return [
      ['memory.limit_in_bytes', bytes],
      ['memory.memsw.limit_in_bytes', bytes],
    ]
  }
  return [
    ['memory.max', bytes],
    ['memory.swap.max', '0'],
  ]
}

/** The kernel takes no quota below 1 ms. */
function cpuSettings(cpuCores: number, version: 1 | 2): Setting[] {
  const quotaUs = Math.max(1_000, Math.round(cpuCores * cpuPeriodUs))
  if (version === 2) return [['cpu.max', `${quotaUs} ${cpuPeriodUs}`]]
  return [
    ['cpu.cfs_period_us', String(cpuPeriodUs)],
    ['cpu.cfs_quota_us', String(quotaUs)],
  ]
}

/** Accounting of swap is a choice of the kernel's build: its file may be missing. */
async function writeSetting(file: string, value: string): Promise<void> {
  try {
    await writeFile(file, value, { flag: 'r+' })
  } catch (error) {
    const isOptional = file.endsWith('memsw.limit_in_bytes') || file.endsWith('swap.max')
    if (!isOptional) throw error
  }
}
