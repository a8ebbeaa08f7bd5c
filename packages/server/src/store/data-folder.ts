/** The folder in which one server keeps everything: laid out, marked with its format, and locked. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ApiError } from '@slipway/contract'
import { failedWith, makeFolder, writeDurably } from './durable-file.ts'

/** The layout this server writes; a folder of a higher one is refused. */
const format = 1

export interface DataFolder {
  dir: string
  /** Path of the SQLite file. */
  database: string
  blobs: string
  logs: string
  /** Sockets and process records. */
  run: string
  /** What can be made again. */
  cache: string
  environments: string
  /** Lets another server have the folder; safe to call twice. */
  close: () => Promise<void>
}

/**
 * Creates the folder, readable for its owner only, or opens it. The lock goes with the process, also on `kill -9`.
 * Errors: `conflict` while another server has it, `unsupported` for the folder of a newer Slipway.
 */
export async function openDataFolder(dir: string): Promise<DataFolder> {
  await makeFolder(dir)
  const lock = await lockFolder(dir)
  try {
    await checkFormat(dir)
    const folders = {
      blobs: join(dir, 'blobs'),
      logs: join(dir, 'logs'),
      run: join(dir, 'run'),
      cache: join(dir, 'cache'),
      environments: join(dir, 'environments'),
    }
    for (const folder of Object.values(folders)) await makeFolder(folder)
    return { dir, database: join(dir, 'slipway.db'), ...folders, close: () => unlockFolder(dir, lock) }
  } catch (error) {
    await unlockFolder(dir, lock)
    throw error
  }
}

/**
 * An exclusive transaction of SQLite: a lock that the operating system releases with the process. Nothing else may open the lock
 * file in this process, because closing it would release the lock; so the process id has a file of its own.
 */
async function lockFolder(dir: string): Promise<DatabaseSync> {
  const lock = new DatabaseSync(join(dir, 'lock'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw await inUse(dir, error)
  }
  await writeDurably(pidFile(dir), `${process.pid}\n`)
  return lock
}

async function unlockFolder(dir: string, lock: DatabaseSync): Promise<void> {
  if (!lock.isOpen) return
  await rm(pidFile(dir), { force: true })
  lock.close()
}

async function inUse(dir: string, cause: unknown): Promise<ApiError> {
  const pid = await readIfThere(pidFile(dir))
  const holder = pid === undefined ? 'another server' : `another server, process ${pid.trim()}`
  return new ApiError('conflict', `the data folder ${dir} is used by ${holder}`, {
    hint: 'Stop that server, or give this one a data folder of its own.',
    cause,
  })
}

async function checkFormat(dir: string): Promise<void> {
  const path = join(dir, 'format')
  const text = await readIfThere(path)
  if (text === undefined) return writeDurably(path, `${format}\n`)
  const found = Number(text)
  if (Number.isInteger(found) && found >= 1 && found <= format) return
  throw new ApiError(
    'unsupported',
    `the data folder ${dir} must have format ${format} or older, but was written by a newer Slipway (format ${text.trim()})`,
    { hint: 'Start the newer Slipway, or give this one another data folder.' },
  )
}

function pidFile(dir: string): string {
  return join(dir, 'lock.pid')
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined
    throw error
  }
}
