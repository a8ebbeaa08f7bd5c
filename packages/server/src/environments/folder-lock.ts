/** A lock between processes that share a folder: the one whose folder it is works, the others wait. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface FolderLock {
  release(): Promise<void>
}

const pollMs = 50
const heartbeatMs = 2_000
/** A holder that has not been seen for so long is gone, wherever it ran. */
const staleMs = 20_000

/** Waits for the lock; takes it over from a holder that no longer runs. */
export async function acquireFolderLock(folder: string, signal: AbortSignal): Promise<FolderLock> {
  await mkdir(path.dirname(folder), { recursive: true })
  while (!(await tryTake(folder))) {
    if (await isAbandoned(folder)) await discard(folder)
    else await delay(pollMs, undefined, { signal })
  }
  const beat = setInterval(() => void touch(folder), heartbeatMs)
  beat.unref()
  return {
    async release() {
      clearInterval(beat)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Whether somebody who still runs holds the lock. */
export async function isLockHeld(folder: string): Promise<boolean> {
  const exists = await stat(folder).then(Boolean, () => false)
  return exists && !(await isAbandoned(folder))
}

/** The owner is written first and moved into place with the folder: a lock always says whose it is. */
async function tryTake(folder: string): Promise<boolean> {
  const aside = `${folder}.${randomUUID()}`
  await mkdir(aside)
  await writeFile(path.join(aside, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }))
  try {
    await rename(aside, folder)
    return true
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(folder)
    if (Date.now() - mtimeMs > staleMs) return true
    const owner = JSON.parse(await readFile(path.join(folder, 'owner.json'), 'utf8')) as {
      pid: number
      host: string
    }
    return owner.host === hostname() && !isRunning(owner.pid)
  } catch {
    return false
  }
}

/** Only one of many can move it away. */
async function discard(folder: string): Promise<void> {
  const away = `${folder}.${randomUUID()}`
  await rename(folder, away).catch(() => undefined)
  await rm(away, { recursive: true, force: true })
}

async function touch(folder: string): Promise<void> {
  const now = new Date()
  await utimes(folder, now, now).catch(() => undefined)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
