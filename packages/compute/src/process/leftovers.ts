/** Cleans up after a server that was killed: its replicas' processes, cgroups and folders. */
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import { isSameProcess, killMarked } from './process-tree.ts'
import { killProcess, removeCgroups } from './replica-cgroup.ts'
import { isReplicaId, replicaPaths, type ReplicaPaths } from './replica-paths.ts'

/** What a replica's folder remembers for the driver after this one. */
interface ReplicaRecord {
  bootId: string
  cgroups: readonly string[]
}

export async function writeRecord(paths: ReplicaPaths, cgroups: readonly string[]): Promise<void> {
  const record: ReplicaRecord = { bootId: await readBootId(), cgroups }
  await writeFile(paths.recordFile, JSON.stringify(record))
}

/**
 * Takes `runDir` for this process and ends what an earlier one left there. Returns how to give it back.
 * Errors: `conflict` while the process that has it is alive.
 */
export async function claimRunDir(runDir: string): Promise<() => Promise<void>> {
  await mkdir(runDir, { recursive: true, mode: 0o700 })
  const ownerFile = path.join(runDir, 'owner')
  await refuseLiveOwner(ownerFile, runDir)
  await writeFile(ownerFile, `${await readBootId()}\n${await readOwnStat()}`)
  await removeLeftovers(runDir)
  return () => rm(ownerFile, { force: true })
}

async function refuseLiveOwner(ownerFile: string, runDir: string): Promise<void> {
  const [bootId, stat = ''] = (await readFile(ownerFile, 'utf8').catch(() => '')).split('\n')
  if (bootId === '' || bootId !== (await readBootId()) || !(await isSameProcess(stat))) return
  const pid = Number.parseInt(stat, 10)
  throw new ApiError('conflict', `one server at a time may run replicas in ${runDir}; process ${pid} does`, {
    hint: 'Stop that server, or give this one a data folder of its own.',
  })
}

async function removeLeftovers(runDir: string): Promise<void> {
  const ids = (await readdir(runDir)).filter(isReplicaId)
  if (ids.length === 0) return
  const bootId = await readBootId()
  for (const id of ids) await endWorker(replicaPaths(runDir, id), bootId)
  await killMarked(runDir)
  for (const id of ids) await rm(path.join(runDir, id), { recursive: true, force: true })
}

async function endWorker(paths: ReplicaPaths, bootId: string): Promise<void> {
  const record = await readRecord(paths)
  if (record?.bootId !== bootId) return
  const stat = await readFile(paths.pidFile, 'utf8').catch(() => '')
  if (await isSameProcess(stat)) killProcess(-Number.parseInt(stat, 10))
  await removeCgroups(record.cgroups)
  await removeEmpty(record.cgroups.map((dir) => path.dirname(dir)))
}

/** Removes folders of cgroups that nobody is in; one that is in use or gone stays as it is. */
export async function removeEmpty(dirs: readonly string[]): Promise<void> {
  await Promise.all(dirs.map((dir) => rmdir(dir).catch(() => undefined)))
}

/** Undefined where the folder was left before it was written. */
async function readRecord({ recordFile }: ReplicaPaths): Promise<ReplicaRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordFile, 'utf8')) as ReplicaRecord
  } catch {
    return undefined
  }
}

/** Process ids and start times mean nothing after a restart of the machine. */
async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
}

async function readOwnStat(): Promise<string> {
  return readFile('/proc/self/stat', 'utf8').catch(() => String(process.pid))
}
