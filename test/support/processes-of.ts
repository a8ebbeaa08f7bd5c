/** Finds the processes that work for a folder, whoever their parent is. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export interface FoundProcess {
  pid: number
  /** When it started, in ticks since the machine did: with the pid, the identity of a process. */
  startTicks: string
  command: string
}

/** Living processes whose command line or environment names the folder or something in it, but for this one. */
export async function processesOf(folder: string): Promise<FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = await Promise.all(pids.map((pid) => look(pid, folder)))
  return found.flatMap((one) => one ?? [])
}

/** A process that is gone, or of somebody else, cannot be read and does not count. */
async function look(pid: string, folder: string): Promise<FoundProcess | undefined> {
  const read = (name: string) => readFile(path.join('/proc', pid, name), 'utf8').catch(() => '')
  const [stat, command, environment] = await Promise.all([read('stat'), read('cmdline'), read('environ')])
  if (!mentions(`${command}\0${environment}`, folder)) return undefined
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return { pid: Number(pid), startTicks, command: command.replaceAll('\0', ' ').trim() }
}

function mentions(text: string, folder: string): boolean {
  return text.split(/[\0=:]/).some((part) => part === folder || part.startsWith(folder + path.sep))
}
