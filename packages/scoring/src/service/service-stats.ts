/** Counts what a service has answered since its route was set. */
import type { ShadowStats } from './shadow.ts'

export interface ServiceStats {
  versions: Readonly<Record<string, VersionStats>>
}

export interface VersionStats {
  /**
   * Scoring requests answered, by HTTP status. What was answered before a version was chosen counts for the default one.
   * A client that left before its answer is not counted here.
   */
  answered: Readonly<Record<number, number>>
  /** Clients that left before their answer. */
  abandoned: number
  /** Calls that found no room in the queue, or waited too long in it. */
  refused: number
  /** Calls waiting for a free replica now. */
  queued: number
  /** Calls handed to replicas and not answered now. */
  inFlight: number
  /** Replicas that are connected and take calls. */
  readyReplicas: number
  /** Replicas that went away without having been dropped from the route. */
  lostReplicas: number
  /** Calls moved to another replica because theirs went away before it began them. */
  redispatched: number
  /** Sum of the time spent in `run`. */
  runMs: number
  /** What became of copies of requests that other versions answer; they are in no count above but `queued` and `inFlight`. */
  shadow: ShadowStats
}
