/** Locks between processes. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { acquireFolderLock, isLockHeld } from './folder-lock.ts'

let root = ''
const never = new AbortController().signal

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'slipway-lock-'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

describe('a folder lock', () => {
  test('lets one in at a time and leaves nothing behind', async () => {
    const folder = path.join(root, 'locks', 'a')
    let inside = 0
    let most = 0
    const visit = async () => {
      const lock = await acquireFolderLock(folder, never)
      inside += 1
      most = Math.max(most, inside)
      expect(await isLockHeld(folder)).toBe(true)
      inside -= 1
      await lock.release()
    }
    await Promise.all(Array.from({ length: 6 }, visit))
    expect(most).toBe(1)
    expect(await readdir(path.join(root, 'locks'))).toEqual([])
  })

  test('is not waited for longer than the signal allows', async () => {
    const folder = path.join(root, 'a')
    const lock = await acquireFolderLock(folder, never)
    await expect(acquireFolderLock(folder, AbortSignal.timeout(60))).rejects.toThrow('aborted')
    await lock.release()
    expect(await isLockHeld(folder)).toBe(false)
  })

  test('of a process that is gone is taken over at once', async () => {
    const folder = await foreignLock({ pid: pidOfTheDead(), host: hostname() })
    expect(await isLockHeld(folder)).toBe(false)
    await (await acquireFolderLock(folder, AbortSignal.timeout(2_000))).release()
  })

  test('of another host is respected while its heart beats', async () => {
    const folder = await foreignLock({ pid: 1, host: 'elsewhere' })
    await expect(acquireFolderLock(folder, AbortSignal.timeout(120))).rejects.toThrow('aborted')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(folder, longAgo, longAgo)
    await (await acquireFolderLock(folder, AbortSignal.timeout(2_000))).release()
  })
})

async function foreignLock(owner: { pid: number; host: string }): Promise<string> {
  const folder = path.join(root, 'foreign')
  await mkdir(folder)
  await writeFile(path.join(folder, 'owner.json'), JSON.stringify(owner))
  return folder
}

function pidOfTheDead(): number {
  return spawnSync(process.execPath, ['--version']).pid
}
