/** What queue, statistics and gateway know of a replica, wherever it runs. */
import type { Reply } from '../http/replies.ts'

/** One scoring request on its way; given to at most one replica at a time. */
export interface ScoringCall {
  /** Unique among the calls of a gateway that are not answered, 1 to 2³² − 1. */
  readonly id: number
  readonly requestId: string | undefined
  readonly method: string
  /** What follows the question mark of the URL, undecoded. */
  readonly query: string
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[]
  readonly remoteAddress: string
  readonly body: Buffer
  /** Answered, or its client has left: whatever comes now is thrown away. */
  readonly isSettled: boolean
  /** The first answer counts. */
  answer(reply: Reply): void
}

/** What a replica said about its script when it became ready. */
export interface ReplicaDescription {
  kind: string
  /** Whether `run` wants the request headers. */
  requestHeaders: boolean
  /** JSON text per version: `2`, `3`, `3.1`. */
  swagger: Readonly<Record<string, string>>
}

export interface Replica {
  readonly id: string
  /** What it is connected to. */
  readonly socketPath: string
  /** Connected and taking calls. */
  readonly isReady: boolean
  /** Has no connection and seeks none. */
  readonly isClosed: boolean
  /** Undefined until it has been ready once. */
  readonly description: ReplicaDescription | undefined
  /** Calls handed over and not answered. */
  readonly inFlight: number
  /** Calls it would take now without making them wait longer than in the queue. */
  readonly freeSlots: number
  /** What it runs takes longer than a call that joins it should wait while another replica is idle. */
  readonly isHeldUp: boolean
  /** Hands over a call; only while `isReady`. */
  send(call: ScoringCall): void
  /** Takes no more calls and closes once those it has are answered. */
  retire(): void
  /** Cuts the connection now. */
  close(): void
}

/** How a replica reports to the pool it belongs to. */
export interface ReplicaEvents {
  /** A call was answered, so that another may follow. */
  freed(): void
  /** It became ready, retired, lost its connection or closed. */
  changed(): void
  /** It went away without having been retired. */
  lost(): void
  /** Calls it had taken and provably not begun; another replica may run them. */
  returned(calls: ScoringCall[]): void
  log(entry: { replica: string; requestId: string | undefined; isError: boolean; text: string }): void
}
