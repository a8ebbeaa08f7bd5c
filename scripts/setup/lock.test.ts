// Tests of the lock: one worker at a time, and no lock outlives its owner.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.mjs'

let dir = ''
let file = ''
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'slipway-lock-'))
  file = path.join(dir, 'lock')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('the lock names its owner while the work runs, and is gone afterwards', async () => {
  const owner = await withLock(file, async () => readFileSync(file, 'utf8'))
  expect(owner).toBe(String(process.pid))
  expect(readdirSync(dir)).toEqual([])
})

test('a second caller waits, says for whom, and works after the first', async () => {
  const order: string[] = []
  const { promise: firstMayEnd, resolve: endFirst } = Promise.withResolvers<void>()
  const first = withLock(file, async () => {
    await firstMayEnd
    order.push('first')
  })
  const onWait = (owner: number): void => {
    order.push(`waiting for ${owner === process.pid ? 'us' : owner}`)
    endFirst()
  }
  await withLock(file, async () => order.push('second'), { onWait })
  await first
  expect(order).toEqual(['waiting for us', 'first', 'second'])
})

test('the lock of a process that is gone is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(file, String(pid))
  await expect(withLock(file, async () => 'worked')).resolves.toBe('worked')
})

test('work that fails leaves no lock', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(existsSync(file)).toBe(false)
})

test('waiting ends when it is called off', async () => {
  // The test runner's own parent lives as long as the test does.
  writeFileSync(file, String(process.ppid))
  const controller = new AbortController()
  const waiting = withLock(file, async () => 'worked', {
    onWait: () => controller.abort(),
    signal: controller.signal,
  })
  await expect(waiting).rejects.toThrow('aborted')
})
