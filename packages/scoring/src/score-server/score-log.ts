/** What the score server writes: lines as of Azure's server, or as JSON objects with request ids. */
import type { LogFormat } from './flags.ts'

export type Level = 'D' | 'I' | 'W' | 'E'

export interface LogRecord {
  level: Level
  /** For example `azmlinfsrv.print`. */
  logger: string
  text: string
  /** Of whose words these are; the server's own unless given. */
  pid?: number | undefined
  requestId?: string | undefined
}

export interface ScoreLogOptions {
  format: LogFormat
  pid: number
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  now(): Date
}

export class ScoreLog {
  readonly #options: ScoreLogOptions
  readonly #format: (record: LogRecord) => string
  #pending: string[] = []
  #flushing: NodeJS.Immediate | undefined

  constructor(options: ScoreLogOptions) {
    this.#options = options
    this.#format =
      options.format === 'json' ? (record) => this.#asJson(record) : (record) => this.#asLine(record)
  }

  /** At once: what a call prints is there before its reply. */
  record(record: LogRecord): void {
    this.#pending.push(this.#format(record))
    this.flush()
  }

  /** With all of this turn of the event loop in one write, for lines of which there are many. */
  recordSoon(record: LogRecord): void {
    this.#pending.push(this.#format(record))
    this.#flushing ??= setImmediate(() => this.flush())
  }

  /** For people at a terminal, with the next line; left out of JSON. */
  say(text: string): void {
    if (this.#options.format === 'text') this.#pending.push(text)
  }

  /** What a worker wrote to its stderr: as it is, or as an object. */
  error(record: LogRecord): void {
    if (this.#options.format === 'json') return this.record(record)
    this.#options.stderr.write(`${record.text}\n`)
  }

  flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    if (this.#pending.length === 0) return
    this.#options.stdout.write(`${this.#pending.join('\n')}\n`)
    this.#pending = []
  }

  #asLine({ level, logger, text, pid = this.#options.pid }: LogRecord): string {
    const time = this.#options.now().toISOString()
    return `${time.slice(0, 10)} ${time.slice(11, 19)},${time.slice(20, 23)} ${level} [${pid}] ${logger} - ${text}`
  }

  #asJson({ level, logger, text, pid = this.#options.pid, requestId }: LogRecord): string {
    return JSON.stringify({ time: this.#options.now().toISOString(), level, pid, logger, requestId, text })
  }
}
