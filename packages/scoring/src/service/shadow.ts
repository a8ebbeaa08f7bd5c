/** Copies requests to a version whose replies nobody gets, and counts how they differ. */
import type { ScoringCall } from './replica.ts'
import type { Reply } from '../http/replies.ts'

export interface ShadowStats {
  /** Requests that were picked to be copied. */
  sent: number
  /** Copies whose reply had the status and body of the request's own. */
  same: number
  different: number
  /** Copies that the script did not answer: no room, no replica, too slow, crashed. */
  failed: number
}

/** A call that may be copied. */
export interface MirroredCall extends ScoringCall {
  /** Calls `listener` once: after the reply was sent, or without one when the client has left before it. */
  onOver(listener: (reply: Reply | undefined) => void): void
}

/** A reply that waits for the other one of its pair. */
interface Pair {
  first: Reply | undefined
  isOver: boolean
}

/** Bytes held for the sake of copies; beyond them requests are not copied and replies not compared. */
const maxHeldBytes = 67_108_864
/** Shares such as 33.3 do not add up to 100 exactly. */
const tolerance = 1e-9

export class Shadow {
  readonly #submit: (copy: ScoringCall) => void
  readonly #stats: ShadowStats = { sent: 0, same: 0, different: 0, failed: 0 }
  #heldBytes = 0
  /** Of a copy, in percent. */
  #due = 0

  constructor(submit: (copy: ScoringCall) => void) {
    this.#submit = submit
  }

  get stats(): ShadowStats {
    return { ...this.#stats }
  }

  /** Copies the given percentage of the calls it is offered; the call itself never notices. */
  offer(call: MirroredCall, percent: number, nextCallId: () => number): void {
    this.#due += percent
    if (this.#due < 100 - tolerance) return
    this.#due -= 100
    this.#stats.sent += 1
    if (this.#hold(call.body)) this.#copy(call, nextCallId())
    else this.#stats.failed += 1
  }

  #copy(call: MirroredCall, id: number): void {
    const pair: Pair = { first: undefined, isOver: false }
    call.onOver((reply) => this.#meet(pair, reply))
    const copy = new Copy(id, call, (reply) => {
      this.#heldBytes -= copy.body.length
      if (!reply.isFromWorker) this.#stats.failed += 1
      this.#meet(pair, reply)
    })
    this.#submit(copy)
  }

  /** The first reply of the two waits for the other; one that cannot be compared ends the wait. */
  #meet(pair: Pair, reply: Reply | undefined): void {
    if (pair.isOver) return
    const isComparable = reply?.isFromWorker === true && reply.stream === undefined
    if (pair.first === undefined && isComparable && this.#hold(reply.body)) {
      pair.first = reply
      return
    }
    const { first } = pair
    pair.isOver = true
    pair.first = undefined
    if (first === undefined) return
    this.#heldBytes -= first.body.length
    if (isComparable) this.#stats[isSame(first, reply) ? 'same' : 'different'] += 1
  }

  #hold({ length }: Buffer): boolean {
    if (this.#heldBytes + length > maxHeldBytes) return false
    this.#heldBytes += length
    return true
  }
}

function isSame(one: Reply, other: Reply): boolean {
  return one.status === other.status && one.body.equals(other.body)
}

/** The same request once more, with the body shared. */
class Copy implements ScoringCall {
  readonly id: number
  readonly requestId: string | undefined
  readonly method: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly remoteAddress: string
  readonly body: Buffer
  readonly #onReply: (reply: Reply) => void
  isSettled = false

  constructor(id: number, call: ScoringCall, onReply: (reply: Reply) => void) {
    this.id = id
    this.requestId = call.requestId
    this.method = call.method
    this.query = call.query
    this.rawHeaders = call.rawHeaders
    this.remoteAddress = call.remoteAddress
    this.body = call.body
    this.#onReply = onReply
  }

  answer(reply: Reply): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#onReply(reply)
  }
}
