/** Counts what a service has answered since its route was set. */

export interface ServiceStats {
  /** Scoring requests answered, by HTTP status. A client that left before its answer is not counted here. */
  answered: Readonly<Record<number, number>>
  /** Clients that left before their answer. */
  abandoned: number
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
}
