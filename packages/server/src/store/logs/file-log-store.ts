/** A LogStore in files: a folder per log, written in batches, followed as it is written. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ApiError } from '@slipway/contract'
import { makeFolder } from '../durable-file.ts'
import { Pulse } from '../pulse.ts'
import { createSerial } from '../serial.ts'
import { LogFiles, type LogLimits, type LogPosition } from './log-files.ts'
import { linesOf } from './log-line.ts'
import type { LogEntry, LogFilter, LogStore } from './log-store.ts'

export interface LogStoreOptions {
  /** Size at which the next file is begun; default 8 MiB. */
  maxFileBytes?: number
  /** Files kept of each log; default 4. */
  maxFiles?: number
  /** Longest time an entry waits to be written; default 50 ms. */
  flushMs?: number
}

/** Text that may wait to be written before `append` waits too, per log. */
const maxQueuedLength = 4 * 2 ** 20

/** Logs whose place in the files is remembered while nobody uses them. */
const maxIdleLogs = 256

/** Opens or creates the folder; one process at a time (see data-folder.ts). */
export async function openLogStore(dir: string, options: LogStoreOptions = {}): Promise<LogStore> {
  await makeFolder(dir)
  return new FileLogStore(dir, options)
}

interface OpenLog {
  key: string
  files: LogFiles
  /** File operations, one after the other. */
  serial: ReturnType<typeof createSerial>
  pulse: Pulse
  ended: AbortController
  /** Lines that are not written yet. */
  queue: string[]
  queuedLength: number
  timer: NodeJS.Timeout | undefined
  users: number
}

class FileLogStore implements LogStore {
  readonly #dir: string
  readonly #limits: LogLimits
  readonly #flushMs: number
  /** In order of last use. */
  readonly #logs = new Map<string, OpenLog>()
  #closed = false

  constructor(dir: string, { maxFileBytes = 8 * 2 ** 20, maxFiles = 4, flushMs = 50 }: LogStoreOptions) {
    this.#dir = dir
    this.#limits = { maxFileBytes, maxFiles }
    this.#flushMs = flushMs
  }

  append(key: string, entries: readonly LogEntry[]): Promise<void> {
    return this.#use(key, async (log) => {
      if (log.queuedLength > maxQueuedLength) await flush(log)
      const lines = linesOf(entries)
      log.queue.push(lines)
      log.queuedLength += lines.length
      log.timer ??= setTimeout(() => void this.#flushLater(log), this.#flushMs)
      log.pulse.beat()
    })
  }

  read(key: string, filter: LogFilter = {}): Promise<LogEntry[]> {
    return this.#use(key, async (log) => (await readNewest(log, filter)).entries)
  }

  async *follow(key: string, filter: LogFilter, signal: AbortSignal): AsyncGenerator<LogEntry> {
    const log = this.#open(key)
    log.users += 1
    try {
      yield* followLog(log, filter, AbortSignal.any([signal, log.ended.signal]))
    } finally {
      log.users -= 1
    }
  }

  remove(key: string): Promise<void> {
    return this.#use(key, async (log) => {
      this.#logs.delete(key)
      log.ended.abort()
      clearTimeout(log.timer)
      await log.serial(async () => {
        log.queue = []
        await log.files.remove()
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const log of this.#logs.values()) {
      clearTimeout(log.timer)
      log.ended.abort()
      await flush(log)
    }
    this.#logs.clear()
  }

  /** Nobody waits for it: what could not be written stays queued, and the append that has to wait for it hears why. */
  async #flushLater(log: OpenLog): Promise<void> {
    await flush(log).catch(() => undefined)
  }

  async #use<T>(key: string, work: (log: OpenLog) => Promise<T>): Promise<T> {
    const log = this.#open(key)
    log.users += 1
    try {
      return await work(log)
    } finally {
      log.users -= 1
    }
  }

  #open(key: string): OpenLog {
    if (this.#closed) throw new ApiError('unavailable', 'the log store is closed')
    const log = this.#logs.get(key) ?? this.#newLog(key)
    this.#logs.delete(key)
    this.#logs.set(key, log)
    this.#dropIdle()
    return log
  }

  #newLog(key: string): OpenLog {
    const files = new LogFiles(join(this.#dir, folderOf(key)), this.#limits)
    const parts = { serial: createSerial(), pulse: new Pulse(), ended: new AbortController() }
    return { key, files, ...parts, queue: [], queuedLength: 0, timer: undefined, users: 0 }
  }

  #dropIdle(): void {
    if (this.#logs.size <= maxIdleLogs) return
    const idle = [...this.#logs.values()].find(
      (log) => log.users === 0 && log.queue.length === 0 && !log.timer,
    )
    if (idle) this.#logs.delete(idle.key)
  }
}

/** Writes what is queued; what cannot be written stays queued. */
function flush(log: OpenLog): Promise<void> {
  clearTimeout(log.timer)
  log.timer = undefined
  return log.serial(() => writeQueued(log))
}

async function writeQueued(log: OpenLog): Promise<void> {
  if (log.queue.length === 0) return
  const lines = log.queue.join('')
  const count = log.queue.length
  await log.files.write(lines)
  log.queue = log.queue.slice(count)
  log.queuedLength -= lines.length
}

/** Everything appended before the call is among the entries or before the end; everything after is behind it. */
function readNewest(log: OpenLog, filter: LogFilter): Promise<{ entries: LogEntry[]; end: LogPosition }> {
  return log.serial(async () => {
    await writeQueued(log)
    return log.files.newest(filter)
  })
}

async function* followLog(log: OpenLog, filter: LogFilter, ended: AbortSignal): AsyncGenerator<LogEntry> {
  let seen = log.pulse.count
  let found = await readNewest(log, filter)
  let more = false
  while (!ended.aborted) {
    for (const entry of found.entries) {
      if (ended.aborted) return
      yield entry
    }
    if (!more) await log.pulse.changedSince(seen, ended)
    if (ended.aborted) return
    seen = log.pulse.count
    const start = found.end
    found = await readAfter(log, start, filter)
    more = isBehind(found.end, start)
  }
}

function readAfter(log: OpenLog, position: LogPosition, filter: LogFilter) {
  return log.serial(async () => {
    await writeQueued(log)
    return log.files.after(position, filter)
  })
}

function isBehind(end: LogPosition, start: LogPosition): boolean {
  return end.file !== start.file || end.offsetBytes !== start.offsetBytes
}

/** A name that people recognize, and a hash that makes it the key's own. */
function folderOf(key: string): string {
  const readable = key.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80)
  return `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
}
