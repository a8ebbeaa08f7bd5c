/** Finds and ends processes of replicas that no longer have a driver, or left their group. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { replicaMark } from './launch.ts'
import { killProcess } from './replica-cgroup.ts'

const maxPasses = 100

/** Kills every process that carries the mark of a replica whose folder is `folder`, or is inside it. */
export async function killMarked(folder: string): Promise<void> {
  for (let pass = 0; pass < maxPasses; pass++) {
    const pids = await markedProcesses(folder)
    if (pids.length === 0) return
    for (const pid of pids) killProcess(pid)
  }
  throw new Error(`processes of ${folder} start others faster than they can be ended`)
}

/** A process may be born while the list is read: only an empty pass is the end. */
async function markedProcesses(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const marked = await Promise.all(pids.map((pid) => carriesMark(pid, folder)))
  return pids.filter((_, index) => marked[index]).map(Number)
}

async function carriesMark(pid: string, folder: string): Promise<boolean> {
  const environment = await readFile(path.join('/proc', pid, 'environ'), 'utf8').catch(() => '')
  return environment
    .split('\0')
    .some((entry) => entry === `${replicaMark}=${folder}` || entry.startsWith(`${replicaMark}=${folder}/`))
}

/** Whether the process that wrote this line of `/proc/<pid>/stat` still is the one with its id. */
export async function isSameProcess(stat: string): Promise<boolean> {
  const pid = Number.parseInt(stat, 10)
  if (!(pid > 0)) return false
  const now = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return now !== undefined && startTicks(now) === startTicks(stat)
}

/** Field 22: when the process started, in ticks since boot. The name before it may hold spaces and brackets. */
function startTicks(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
