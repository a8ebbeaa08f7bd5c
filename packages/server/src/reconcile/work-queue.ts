/** Runs work by key: one run per key at a time, repeated adds collapse, failures back off. */

export interface WorkQueueOptions {
  /** Does the work of a key. It may ask to be called again after some time; it throws to be called again with back-off. */
  run(key: string, signal: AbortSignal): Promise<{ againAfterMs: number } | undefined>
  /** Called with each failure; the queue itself only counts it. */
  onError(key: string, error: unknown): void
  /** Keys worked on at the same time. */
  concurrency?: number
  /** First pause after a failure, doubled up to `maxBackoffMs`. */
  backoffMs?: number
  maxBackoffMs?: number
}

interface Entry {
  running: boolean
  /** Added again while running, so another run is owed. */
  dirty: boolean
  failures: number
  timer?: NodeJS.Timeout
}

export class WorkQueue {
  readonly #options: Required<WorkQueueOptions>
  readonly #entries = new Map<string, Entry>()
  readonly #waiting = new Set<string>()
  readonly #stopping = new AbortController()
  #running = 0
  #idle: (() => void)[] = []

  constructor(options: WorkQueueOptions) {
    this.#options = { concurrency: 8, backoffMs: 100, maxBackoffMs: 30_000, ...options }
  }

  /** Asks for a run of `key`, now. Cheap: adds collapse until the run begins. */
  add(key: string): void {
    if (this.#stopping.signal.aborted) return
    const entry = this.#entry(key)
    clearTimeout(entry.timer)
    delete entry.timer
    if (entry.running) entry.dirty = true
    else this.#waiting.add(key)
    this.#pump()
  }

  /** Stops taking work and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the queue is closed'))
    this.#waiting.clear()
    for (const entry of this.#entries.values()) clearTimeout(entry.timer)
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = { running: false, dirty: false, failures: 0 }
    this.#entries.set(key, entry)
    return entry
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#running >= this.#options.concurrency) return
      this.#waiting.delete(key)
      void this.#work(key, this.#entry(key))
    }
  }

  async #work(key: string, entry: Entry): Promise<void> {
    entry.running = true
    entry.dirty = false
    this.#running += 1
    let againAfterMs: number | undefined
    try {
      againAfterMs = (await this.#options.run(key, this.#stopping.signal))?.againAfterMs
      entry.failures = 0
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.onError(key, error)
      againAfterMs = Math.min(
        this.#options.maxBackoffMs,
        this.#options.backoffMs * 2 ** Math.min(entry.failures, 30),
      )
      entry.failures += 1
    }
    this.#running -= 1
    entry.running = false
    this.#next(key, entry, againAfterMs)
  }

  #next(key: string, entry: Entry, againAfterMs: number | undefined): void {
    if (this.#stopping.signal.aborted) {
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    if (entry.dirty) this.#waiting.add(key)
    else if (againAfterMs === undefined) this.#entries.delete(key)
    else entry.timer = setTimeout(() => this.add(key), againAfterMs)
    this.#pump()
  }
}
