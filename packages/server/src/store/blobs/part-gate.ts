/** Lets one part at a time be written to an upload. */
import { ApiError } from '@slipway/contract'

/** A part from which nothing has come for so long gives way: its connection is probably dead. */
const silenceMs = 10_000

interface Running {
  lastByteAt: number
  giveWay: AbortController
  settled: Promise<unknown>
}

export interface PartTurn {
  /** Aborted when the part has to give way. */
  signal: AbortSignal
  /** To be called when bytes have arrived. */
  alive: () => void
}

/** The same turn, which also ends with a signal of the caller. */
export function withSignal(turn: PartTurn, signal: AbortSignal | undefined): PartTurn {
  return signal ? { ...turn, signal: AbortSignal.any([turn.signal, signal]) } : turn
}

export class PartGate {
  readonly #running = new Map<string, Running>()
  readonly #now: () => number

  /** `now` in milliseconds, from any origin. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  isBusy(id: string): boolean {
    return this.#running.has(id)
  }

  /** Errors: `offset-mismatch` while another part is being written, because the offset is about to change. */
  async take<T>(id: string, work: (turn: PartTurn) => Promise<T>): Promise<T> {
    const other = this.#running.get(id)
    if (other !== undefined) await this.#takeOver(id, other)
    if (this.#running.has(id)) throw busy(id)
    const giveWay = new AbortController()
    const settled = Promise.withResolvers<undefined>()
    const running = { lastByteAt: this.#now(), giveWay, settled: settled.promise }
    this.#running.set(id, running)
    try {
      return await work({ signal: giveWay.signal, alive: () => (running.lastByteAt = this.#now()) })
    } finally {
      this.#running.delete(id)
      settled.resolve(undefined)
    }
  }

  /** Ends all parts, and waits until what they had is safe. */
  async close(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { giveWay } of all) giveWay.abort(new ApiError('unavailable', 'the store is closing'))
    await Promise.all(all.map(({ settled }) => settled))
  }

  async #takeOver(id: string, other: Running): Promise<void> {
    if (this.#now() - other.lastByteAt < silenceMs) throw busy(id)
    other.giveWay.abort(new ApiError('unavailable', `upload ${id} was continued by another part`))
    await other.settled
  }
}

function busy(id: string): ApiError {
  return new ApiError('offset-mismatch', `another part of upload ${id} is being written`, {
    hint: 'Read the upload again, and go on from its offset.',
  })
}
