/** Calls that wait for a free replica: first in, first out, each with a deadline. */
import type { ScoringCall } from './replica.ts'

/** A longer delay would overflow and fire at once. */
const longestTimerMs = 2_147_483_647

/** A link of a ring; the ring's own end carries no call. */
interface Link {
  call: ScoringCall | undefined
  deadline: number
  previous: Link
  next: Link
}

/**
 * Every operation costs the same however many calls wait, but expiry, which looks at all. One timer for all: it fires at
 * the earliest deadline and removes every call whose time is over.
 */
export class WaitQueue {
  readonly #now: () => number
  readonly #onExpired: (call: ScoringCall) => void
  readonly #links = new Map<ScoringCall, Link>()
  readonly #end = endOfRing()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  constructor(now: () => number, onExpired: (call: ScoringCall) => void) {
    this.#now = now
    this.#onExpired = onExpired
  }

  get length(): number {
    return this.#links.size
  }

  push(call: ScoringCall, maxWaitMs: number): void {
    this.#insert(call, this.#now() + maxWaitMs, this.#end)
  }

  /** Puts calls back in front, in their order, with a new deadline: the wait was not theirs. */
  putBack(calls: readonly ScoringCall[], maxWaitMs: number): void {
    const deadline = this.#now() + maxWaitMs
    const first = this.#end.next
    for (const call of calls) this.#insert(call, deadline, first)
  }

  shift(): ScoringCall | undefined {
    const { call } = this.#end.next
    if (call !== undefined) this.remove(call)
    return call
  }

  /** Takes a call out; one that is not waiting stays where it is. */
  remove(call: ScoringCall): void {
    const link = this.#links.get(call)
    if (link === undefined) return
    this.#links.delete(call)
    link.previous.next = link.next
    link.next.previous = link.previous
    if (this.#links.size === 0) this.#disarm()
  }

  #insert(call: ScoringCall, deadline: number, next: Link): void {
    const link: Link = { call, deadline, previous: next.previous, next }
    link.previous.next = link
    next.previous = link
    this.#links.set(call, link)
    this.#arm(deadline)
  }

  #arm(deadline: number): void {
    if (deadline >= this.#timerAt) return
    this.#disarm()
    this.#timerAt = deadline
    const delayMs = Math.max(0, Math.ceil(deadline - this.#now()))
    this.#timer = setTimeout(() => this.#expire(), Math.min(delayMs, longestTimerMs))
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  #expire(): void {
    this.#disarm()
    const now = this.#now()
    const expired: ScoringCall[] = []
    let earliest = Infinity
    for (const [call, { deadline }] of this.#links) {
      if (deadline <= now) expired.push(call)
      else earliest = Math.min(earliest, deadline)
    }
    for (const call of expired) this.remove(call)
    if (earliest < Infinity) this.#arm(earliest)
    for (const call of expired) this.#onExpired(call)
  }
}

function endOfRing(): Link {
  const end = { call: undefined, deadline: Infinity } as Link
  end.previous = end.next = end
  return end
}
