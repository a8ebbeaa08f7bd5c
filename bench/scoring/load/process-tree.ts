/** What a tree of processes uses: CPU time and memory; and how one is ended. */
import { readdir, readFile } from 'node:fs/promises'

/** The kernel counts CPU time in hundredths of a second on every Linux of today. */
const tickUs = 10_000

export interface ProcessTimes {
  pid: number
  parent: number
  /** Of itself and of the children it has waited for. */
  cpuUs: number
}

/** The process and all that descend from it. */
export async function processTree(root: number): Promise<ProcessTimes[]> {
  const all = await allProcesses()
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid: parent } of tree) tree.push(...all.filter((each) => each.parent === parent))
  return tree
}

export async function treeCpuUs(root: number): Promise<number> {
  return (await processTree(root)).reduce((sum, { cpuUs }) => sum + cpuUs, 0)
}

/** Memory of the tree in MB; what processes share counts once. */
export async function treeMemoryMb(root: number): Promise<number> {
  const tree = await processTree(root)
  const sizes = await Promise.all(tree.map(async ({ pid }) => await memoryKb(pid)))
  return sizes.reduce((sum, size) => sum + size, 0) / 1024
}

/** CPU time that everything on this machine has used since it started. */
export async function machineCpuUs(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1)
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + interrupts + softInterrupts) * tickUs
}

/** Asks the process to end; after `graceMs` it is killed, and so is what it leaves behind. */
export async function endTree(root: number, ended: Promise<unknown>, graceMs = 5_000): Promise<void> {
  const tree = await processTree(root)
  signal(root, 'SIGTERM')
  const abort = new AbortController()
  const overdue = new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs)
    abort.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  await Promise.race([ended, overdue])
  abort.abort()
  const orphans = (await allProcesses()).filter(({ pid }) => tree.some((each) => each.pid === pid))
  for (const { pid } of orphans) signal(pid, 'SIGKILL')
  await ended
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function allProcesses(): Promise<ProcessTimes[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => await readTimes(pid)))
  return found.flatMap((one) => one ?? [])
}

/** Undefined for a process that has gone meanwhile. */
async function readTimes(pid: string): Promise<ProcessTimes | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid: Number(pid), parent: Number(fields[1]), cpuUs: ticks * tickUs }
}

async function memoryKb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0)
}
