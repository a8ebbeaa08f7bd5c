/** Watches the oldest call of a worker: when its time is over, asks the worker to stop it, and at last kills the worker. */

/** The worker ignores a signal that its own clock finds too early, so it is repeated. */
const repeatMs = 20
/** A longer delay would overflow and fire at once. */
const longestTimerMs = 2_147_483_647

export interface OverrunTimerOptions {
  /** 0 means no limit. */
  timeoutMs(): number
  graceMs: number
  /** Monotonic milliseconds. */
  now(): number
  /** The time is over; called once per call. */
  onOverdue(): void
  /** Asks the worker to end the run; called again and again until it did. */
  askToStop(): void
  /** The worker did not listen. */
  kill(): void
}

/** One lazy timer per worker and none per call: it looks at the clock when it fires and sleeps for the rest. */
export class OverrunTimer {
  readonly #options: OverrunTimerOptions
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = 0
  #since: number | undefined
  #isReported = false

  constructor(options: OverrunTimerOptions) {
    this.#options = options
  }

  /** Since the oldest call became so; 0 without one. */
  get elapsedMs(): number {
    return this.#since === undefined ? 0 : this.#options.now() - this.#since
  }

  /** Another call is the oldest now, so its clock starts. */
  restart(): void {
    this.#since = this.#options.now()
    this.#isReported = false
    const timeoutMs = this.#options.timeoutMs()
    // A timer that fires too early finds out when it has to fire next; one that would be late is set anew.
    const isInTime = this.#timer !== undefined && this.#timerAtMs <= this.#since + timeoutMs
    if (timeoutMs > 0 && !isInTime) this.#arm(timeoutMs)
  }

  /** No call is left. */
  rest(): void {
    this.#since = undefined
  }

  close(): void {
    this.rest()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timerAtMs = this.#options.now() + delayMs
    this.#timer = setTimeout(() => this.#fire(), Math.min(delayMs, longestTimerMs))
  }

  #fire(): void {
    this.#timer = undefined
    const timeoutMs = this.#options.timeoutMs()
    if (this.#since === undefined || timeoutMs <= 0) return
    const overMs = this.#options.now() - this.#since - timeoutMs
    if (overMs < 0) return this.#arm(Math.ceil(-overMs))
    if (!this.#isReported) {
      this.#isReported = true
      this.#options.onOverdue()
    }
    if (overMs >= this.#options.graceMs) return this.#options.kill()
    this.#options.askToStop()
    this.#arm(Math.min(repeatMs, Math.ceil(this.#options.graceMs - overMs)))
  }
}
