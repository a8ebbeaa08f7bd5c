/** Logs in files: whole, in order, live, bounded, and there after a crash. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openLogStore, type LogStoreOptions } from '../../src/store/logs/file-log-store.ts'
import type { LogEntry, LogFilter, LogStore } from '../../src/store/logs/log-store.ts'

const key = 'service/main/echo'

describe('a log', () => {
  test('gives the newest entries, oldest first', async () => {
    const { logs } = await openLogs()
    await logs.append(key, numbered(1, 5))
    await logs.append(key, numbered(6, 10))
    expect(texts(await logs.read(key))).toEqual(range(1, 10))
    expect(texts(await logs.read(key, { lines: 3 }))).toEqual(range(8, 10))
    expect(await logs.read('unknown')).toEqual([])
  })

  test('gives entries back as they were', async () => {
    const { logs } = await openLogs()
    const odd = { ...entry('line\nfeed, NUL \u0000, 🚢'), stream: 'stderr', requestId: 'r-1' } as const
    await logs.append(key, [odd])
    expect(await logs.read(key)).toEqual([odd])
  })

  test('is filtered by request and by time', async () => {
    const { logs } = await openLogs()
    await logs.append(key, [
      { ...entry('a'), requestId: 'r-1', time: '2026-01-01T00:00:00.000Z' },
      { ...entry('mentions r-1'), time: '2026-01-01T00:00:01.000Z' },
      { ...entry('b'), requestId: 'r-1', time: '2026-01-01T00:00:02.000Z' },
      { ...entry('c'), requestId: 'r-12', time: '2026-01-01T00:00:03.000Z' },
    ])
    expect(texts(await logs.read(key, { requestId: 'r-1' }))).toEqual(['a', 'b'])
    expect(texts(await logs.read(key, { requestId: 'r-1', lines: 1 }))).toEqual(['b'])
    expect(texts(await logs.read(key, { since: '2026-01-01T01:00:02+01:00' }))).toEqual(['b', 'c'])
  })

  test('is filtered by the replica that printed', async () => {
    const { logs } = await openLogs()
    await logs.append(key, [
      { ...entry('a'), source: 'r-1' },
      { ...entry('mentions r-1'), source: 'r-2' },
      { ...entry('b'), source: 'r-1' },
    ])
    expect(texts(await logs.read(key, { source: 'r-1' }))).toEqual(['a', 'b'])
    expect(texts(await logs.read(key, { source: 'r-1', lines: 1 }))).toEqual(['b'])
  })

  test('keeps its entries apart from those of a key that looks alike', async () => {
    const { logs } = await openLogs()
    await logs.append('a/b', [entry('one')])
    await logs.append('a-b', [entry('two')])
    await logs.append('../../a b', [entry('three')])
    expect(texts(await logs.read('a/b'))).toEqual(['one'])
    expect(texts(await logs.read('../../a b'))).toEqual(['three'])
  })

  test('is there after a restart, and goes on', async () => {
    const { logs, dir } = await openLogs()
    await logs.append(key, numbered(1, 3))
    await logs.close()
    const again = await reopen(dir)
    await again.append(key, numbered(4, 5))
    expect(texts(await again.read(key))).toEqual(range(1, 5))
  })

  test('forgets a torn last line, and nothing else', async () => {
    const { logs, dir } = await openLogs()
    await logs.append(key, numbered(1, 3))
    await logs.close()
    await appendFile(await onlyFile(dir), '{"time":"2026-01-01T00:00:00Z","text":"to')
    const again = await reopen(dir)
    expect(texts(await again.read(key))).toEqual(range(1, 3))
    await again.append(key, numbered(4, 4))
    expect(texts(await again.read(key))).toEqual(range(1, 4))
  })

  test('keeps its newest files within their size', async () => {
    const { logs, dir } = await openLogs({ maxFileBytes: 2_000, maxFiles: 3 })
    for (const index of range(1, 200)) {
      await logs.append(key, [entry(index)])
      await logs.read(key, { lines: 1 })
    }
    const [folder = ''] = await readdir(dir)
    const files = await readdir(join(dir, folder))
    expect(files).toHaveLength(3)
    for (const file of files) expect((await stat(join(dir, folder, file))).size).toBeLessThanOrEqual(2_000)
    const kept = texts(await logs.read(key))
    expect(kept.length).toBeGreaterThan(20)
    expect(kept).toEqual(range(200 - kept.length + 1, 200))
  })

  test('cuts a very long text into entries', async () => {
    const { logs } = await openLogs()
    const text = 'ü'.repeat(1_000_000)
    await logs.append(key, [entry(text)])
    const read = await logs.read(key)
    expect(read.length).toBeGreaterThan(1)
    expect(texts(read).join('')).toBe(text)
  })

  test('is gone when it is removed, and can begin again', async () => {
    const { logs, dir } = await openLogs()
    const following = collect(logs, {}, 100)
    await logs.append(key, numbered(1, 3))
    await logs.remove(key)
    await logs.remove('unknown')
    expect((await following).length).toBeLessThanOrEqual(3)
    expect(await logs.read(key)).toEqual([])
    expect(await readdir(dir)).toEqual([])
    await logs.append(key, [entry('new')])
    expect(texts(await logs.read(key))).toEqual(['new'])
  })

  test('refuses entries once it is closed', async () => {
    const { logs } = await openLogs()
    await logs.close()
    await expect(logs.append(key, [entry('late')])).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('following a log', () => {
  test('gives what was there and then what comes, each entry once', async () => {
    const { logs } = await openLogs({ maxFileBytes: 3_000, maxFiles: 50 })
    await logs.append(key, numbered(1, 10))
    const following = Promise.all([1, 2, 3].map(() => collect(logs, { lines: 5 }, 305)))
    for (const index of range(11, 310)) {
      await logs.append(key, [entry(index)])
      if (Number(index) % 50 === 0) await logs.read(key)
    }
    for (const entries of await following) {
      const seen = texts(entries)
      expect(seen).toEqual(range(310 - seen.length + 1, 310))
    }
  })

  test('waits for the first entry of a log that is not there yet', async () => {
    const { logs } = await openLogs()
    const following = collect(logs, {}, 1)
    await logs.append(key, [entry('first')])
    expect(texts(await following)).toEqual(['first'])
  })

  test('is filtered', async () => {
    const { logs } = await openLogs()
    const following = collect(logs, { requestId: 'r-2' }, 1)
    await logs.append(key, [
      { ...entry('a'), requestId: 'r-1' },
      { ...entry('b'), requestId: 'r-2' },
    ])
    expect(texts(await following)).toEqual(['b'])
  })

  test('catches up with many entries that came while the reader was slow', async () => {
    const { logs } = await openLogs()
    const abort = new AbortController()
    const entries = logs.follow(key, {}, abort.signal)[Symbol.asyncIterator]()
    await logs.append(key, numbered(1, 1))
    expect((await entries.next()).value).toMatchObject({ text: '1' })
    await logs.append(key, numbered(2, 60_000))
    const seen: unknown[] = []
    for (let index = 2; index <= 60_000; index += 1)
      seen.push(((await entries.next()).value as LogEntry).text)
    expect(seen).toEqual(range(2, 60_000))
    abort.abort()
  })

  test('ends when it is aborted, and when the store closes', async () => {
    const { logs } = await openLogs()
    const abort = new AbortController()
    const aborted = Array.fromAsync(logs.follow(key, {}, abort.signal))
    const closed = Array.fromAsync(logs.follow(key, {}, new AbortController().signal))
    abort.abort()
    expect(await aborted).toEqual([])
    await logs.close()
    expect(await closed).toEqual([])
  })
})

test('a killed process loses at most the last 50 ms of its log', async () => {
  const dir = await newFolder()
  const program = join(import.meta.dirname, 'log-writer.ts')
  const child = spawn(process.execPath, [program, dir, key], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let flushed = 0
  for await (const line of createInterface({ input: child.stdout })) {
    flushed = Number(line)
    if (flushed >= 500) child.kill('SIGKILL')
  }
  await exited
  const logs = await reopen(dir)
  const kept = texts(await logs.read(key, { lines: 100_000 }))
  expect(kept.length).toBeGreaterThanOrEqual(flushed)
  expect(kept).toEqual(range(1, kept.length))
})

async function openLogs(options?: LogStoreOptions): Promise<{ logs: LogStore; dir: string }> {
  const dir = await newFolder()
  return { logs: await reopen(dir, options), dir }
}

async function reopen(dir: string, options?: LogStoreOptions): Promise<LogStore> {
  const logs = await openLogStore(dir, options)
  onTestFinished(() => logs.close())
  return logs
}

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-logs-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function onlyFile(dir: string): Promise<string> {
  const [folder = ''] = await readdir(dir)
  const [file = ''] = await readdir(join(dir, folder))
  return join(dir, folder, file)
}

async function collect(logs: LogStore, filter: LogFilter, count: number): Promise<LogEntry[]> {
  const abort = new AbortController()
  const entries: LogEntry[] = []
  for await (const found of logs.follow(key, filter, abort.signal)) {
    entries.push(found)
    if (entries.length === count || found.text === '310') abort.abort()
  }
  return entries
}

function entry(text: string): LogEntry {
  return { time: '2026-01-01T00:00:00.000Z', source: 'replica-1', stream: 'stdout', text }
}

function numbered(from: number, to: number): LogEntry[] {
  return range(from, to).map(entry)
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
}

function texts(entries: readonly LogEntry[]): string[] {
  return entries.map(({ text }) => text)
}
