/** Bounds what each replica may write to the log, so that a script that prints without end fills no disk. */

export interface LineLimitOptions {
  /** Lines that a replica may write each second for as long as it likes; a long line counts once for each KiB. */
  linesPerSecond: number
  /** Lines that it may write at once. */
  burst: number
  /** Monotonic milliseconds. */
  now(): number
}

/** What becomes of lines, and what the log has to say about it. */
export interface Verdict {
  isKept: boolean
  notice?: string
}

interface Allowance {
  /** Lines that may be written now; negative where they are owed. */
  lines: number
  atMs: number
  /** Lines dropped since it was used up. */
  dropped: number
}

const bytesPerLine = 1_024

export class LineLimit {
  readonly #options: LineLimitOptions
  readonly #allowances = new Map<string, Allowance>()

  constructor(options: LineLimitOptions) {
    this.#options = options
  }

  /**
   * Whether these lines of a replica are kept. Once its allowance is used up, all are dropped until a second’s worth is
   * there again: the log says so when that begins, and how many there were when it ends.
   */
  admit(replica: string, text: string): Verdict {
    const { linesPerSecond } = this.#options
    const allowance = this.#allowanceOf(replica)
    const lines = linesIn(text)
    // What is printed at once is kept whole, and is then owed.
    const needed = allowance.dropped > 0 ? linesPerSecond : 1
    if (allowance.lines < needed) {
      const isFirst = allowance.dropped === 0
      allowance.dropped += lines
      return isFirst ? { isKept: false, notice: droppingNotice(linesPerSecond) } : { isKept: false }
    }
    const { dropped } = allowance
    allowance.dropped = 0
    allowance.lines -= lines
    return dropped > 0 ? { isKept: true, notice: droppedNotice(dropped) } : { isKept: true }
  }

  #allowanceOf(replica: string): Allowance {
    const { linesPerSecond, burst, now } = this.#options
    const nowMs = now()
    const known = this.#allowances.get(replica)
    if (!known) {
      this.#forgetIdle(nowMs)
      const full = { lines: burst, atMs: nowMs, dropped: 0 }
      this.#allowances.set(replica, full)
      return full
    }
    known.lines = Math.min(burst, known.lines + ((nowMs - known.atMs) * linesPerSecond) / 1_000)
    known.atMs = nowMs
    return known
  }

  /** One that may write as much as a new one need not be remembered. */
  #forgetIdle(nowMs: number): void {
    const { linesPerSecond, burst } = this.#options
    for (const [replica, { atMs, dropped }] of this.#allowances) {
      const isFull = nowMs - atMs >= (burst * 1_000) / linesPerSecond
      if (isFull && dropped === 0) this.#allowances.delete(replica)
    }
  }
}

function linesIn(text: string): number {
  const ends = text.split('\n').length
  return Math.max(ends, Math.ceil(Buffer.byteLength(text) / bytesPerLine))
}

function droppingNotice(linesPerSecond: number): string {
  return `this replica writes more than ${linesPerSecond} lines a second; what it writes is dropped until it writes less`
}

function droppedNotice(dropped: number): string {
  return `${dropped} lines of this replica were dropped`
}
