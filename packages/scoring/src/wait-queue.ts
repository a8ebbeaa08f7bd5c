/** Calls that wait for a free replica: first in, first out, each with a deadline. */
import type { ScoringCall } from './replica.ts'

interface Waiting {
  call: ScoringCall
  deadline: number
}

/** One timer for all: it fires at the earliest deadline and removes every call whose time is over. */
export class WaitQueue {
  readonly #now: () => number
  readonly #onExpired: (call: ScoringCall) => void
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  constructor(now: () => number, onExpired: (call: ScoringCall) => void) {
    this.#now = now
    this.#onExpired = onExpired
  }

  get length(): number {
    return this.#waiting.length
  }

  push(call: ScoringCall, maxWaitMs: number): void {
    const deadline = this.#now() + maxWaitMs
    this.#waiting.push({ call, deadline })
    this.#arm(deadline)
  }

  /** Puts calls back in front, in their order, with a new deadline: the wait was not theirs. */
  putBack(calls: readonly ScoringCall[], maxWaitMs: number): void {
    const deadline = this.#now() + maxWaitMs
    this.#waiting.unshift(...calls.map((call) => ({ call, deadline })))
    this.#arm(deadline)
  }

  shift(): ScoringCall | undefined {
    const call = this.#waiting.shift()?.call
    if (this.#waiting.length === 0) this.#disarm()
    return call
  }

  /** Takes a call out; one that is not waiting stays where it is. */
  remove(call: ScoringCall): void {
    const at = this.#waiting.findIndex((each) => each.call === call)
    if (at >= 0) this.#waiting.splice(at, 1)
    if (this.#waiting.length === 0) this.#disarm()
  }

  #arm(deadline: number): void {
    if (deadline >= this.#timerAt) return
    this.#disarm()
    this.#timerAt = deadline
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, Math.ceil(deadline - this.#now())))
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  #expire(): void {
    this.#disarm()
    const now = this.#now()
    const expired = this.#waiting.filter((each) => each.deadline <= now)
    this.#waiting = this.#waiting.filter((each) => each.deadline > now)
    if (this.#waiting.length > 0) this.#arm(Math.min(...this.#waiting.map((each) => each.deadline)))
    for (const { call } of expired) this.#onExpired(call)
  }
}
