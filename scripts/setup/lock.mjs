// Lets one set-up work at a time: a lock file that names its owner and is taken over when the owner is gone.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 200

/**
 * Runs `work` while `file` names this process as its owner; waits for a living owner first.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (owner: number) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait, signal } = {}) {
  let told = false
  while (!take(file)) {
    const owner = ownerOf(file)
    if (owner !== undefined && isAlive(owner)) {
      if (!told) onWait?.(owner)
      told = true
      await delay(pollMs, undefined, { signal })
    } else takeAway(file, owner)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** A link appears with its content or not at all, so that nobody reads a lock without an owner. */
function take(file) {
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** @returns {number | undefined} */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Between reading the owner and the rename a new owner may have come: then its lock is put back. */
function takeAway(file, deadOwner) {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
    if (ownerOf(aside) !== deadOwner) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
  rmSync(aside, { force: true })
}
