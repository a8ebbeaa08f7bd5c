/** The files of one log: numbered, the highest is written to, the lowest are dropped. */
import { appendFile, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { failedWith, makeFolder } from '../durable-file.ts'
import { entryOf } from './log-line.ts'
import type { LogEntry, LogFilter } from './log-store.ts'

export interface LogLimits {
  maxFileBytes: number
  maxFiles: number
}

/** How far a reader is: all bytes before it are known. */
export interface LogPosition {
  file: number
  offsetBytes: number
}

/** Bytes read at a time; the longest line fits. */
const readBytes = 2 ** 21

const defaultLines = 1_000

/** Not for concurrent use; the store takes care of that. */
export class LogFiles {
  readonly #folder: string
  readonly #limits: LogLimits
  /** Where the next line goes, once it is known. */
  #end: LogPosition | undefined

  constructor(folder: string, limits: LogLimits) {
    this.#folder = folder
    this.#limits = limits
  }

  async write(lines: string): Promise<void> {
    const end = await this.#openEnd()
    const bytes = Buffer.from(lines)
    const full = end.offsetBytes > 0 && end.offsetBytes + bytes.length > this.#limits.maxFileBytes
    const target = full ? await this.#rotate(end.file + 1) : end
    // Until it is written, nobody knows how much of it is.
    this.#end = undefined
    await appendFile(this.#path(target.file), bytes, { mode: 0o600 })
    this.#end = { file: target.file, offsetBytes: target.offsetBytes + bytes.length }
  }

  /** The newest entries that match, oldest first, and where the log ends. */
  async newest(filter: LogFilter): Promise<{ entries: LogEntry[]; end: LogPosition }> {
    const { lines = defaultLines } = filter
    const newestFirst: LogEntry[] = []
    for (const file of (await this.#files()).reverse()) {
      if (newestFirst.length >= lines) break
      const text = await readIfThere(this.#path(file))
      pushNewest(newestFirst, text.split('\n').reverse(), { ...filter, lines })
    }
    return { entries: newestFirst.reverse(), end: await this.#findEnd() }
  }

  /** Some entries behind a position, and the position behind them; the same position when there are no more. */
  async after(position: LogPosition, filter: LogFilter): Promise<{ entries: LogEntry[]; end: LogPosition }> {
    const files = await this.#files()
    const next = files.find((file) => file > position.file)
    const bytes = files.includes(position.file)
      ? await readAt(this.#path(position.file), position.offsetBytes)
      : ''
    const whole = bytes.slice(0, bytes.lastIndexOf('\n') + 1)
    if (whole === '' && next !== undefined) return this.after({ file: next, offsetBytes: 0 }, filter)
    const entries = whole.split('\n').flatMap((line) => entryOf(line, filter) ?? [])
    return { entries, end: { ...position, offsetBytes: position.offsetBytes + Buffer.byteLength(whole) } }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    this.#end = undefined
  }

  /** The end, made ready for writing: a torn line that a crash left is ended first. */
  async #openEnd(): Promise<LogPosition> {
    if (this.#end !== undefined) return this.#end
    await makeFolder(this.#folder)
    const end = await this.#findEnd()
    if (end.offsetBytes === 0 || (await endsLine(this.#path(end.file), end.offsetBytes))) return end
    await appendFile(this.#path(end.file), '\n')
    return { ...end, offsetBytes: end.offsetBytes + 1 }
  }

  async #findEnd(): Promise<LogPosition> {
    if (this.#end !== undefined) return this.#end
    const file = (await this.#files()).at(-1)
    if (file === undefined) return { file: 1, offsetBytes: 0 }
    return { file, offsetBytes: (await stat(this.#path(file))).size }
  }

  async #rotate(file: number): Promise<LogPosition> {
    for (const old of await this.#files()) {
      if (old <= file - this.#limits.maxFiles) await rm(this.#path(old), { force: true })
    }
    return { file, offsetBytes: 0 }
  }

  /** Numbers, the oldest first. */
  async #files(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (failedWith(error, 'ENOENT')) return []
      throw error
    })
    const numbers = names.map((name) => Number(/^(\d+)\.jsonl$/.exec(name)?.[1]))
    return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b)
  }

  #path(file: number): string {
    return join(this.#folder, `${String(file).padStart(8, '0')}.jsonl`)
  }
}

function pushNewest(
  entries: LogEntry[],
  lines: readonly string[],
  filter: LogFilter & { lines: number },
): void {
  for (const line of lines) {
    if (entries.length >= filter.lines) return
    const entry = entryOf(line, filter)
    if (entry) entries.push(entry)
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return ''
    throw error
  }
}

/** The text from an offset that begins a line; the last line may be cut. */
async function readAt(path: string, offsetBytes: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes, offsetBytes)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

async function endsLine(path: string, sizeBytes: number): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, sizeBytes - 1)
    return buffer.toString() === '\n'
  } finally {
    await file.close()
  }
}
