/** What the gateway is told about a service: where it answers, who may call, and which replicas serve it. */

/** A worker on this machine that has bound its socket, or is about to. */
export interface ReplicaEndpoint {
  /** Another one for each start of a worker, so that its logs can be told apart. One that was dropped may come back. */
  id: string
  /** Unix socket of the worker, at most 107 bytes. */
  socketPath: string
}

export type ServiceAuth = { kind: 'none' } | { kind: 'keys'; keys: readonly [string, string] }

export interface ServiceRoute {
  /** For example `/api/v1/service/diabetes`: scores at `<prefix>/score`, describes itself at `<prefix>/swagger.json`, health at `<prefix>/`. */
  prefix: string
  /** Name used in messages, logs and statistics. */
  service: string
  auth: ServiceAuth
  /** Time one `run` may take, counted from when it is the next to run in its worker; 0 means no limit. Over it: 504. */
  scoringTimeoutMs: number
  /** Calls handed to one replica at a time; it still runs them one after the other. */
  maxConcurrentPerReplica: number
  /** Time a call may wait for a free replica. Over it: 503. */
  maxQueueWaitMs: number
  /** Calls that may wait for a free replica. Over it: 503 at once. */
  maxQueueLength: number
  /**
   * What becomes of a 5xx that the script or the worker answers. `as-sent` (default) passes it on, as the scoring
   * server alone and single-container deployments do; `bad-gateway` turns it into 502, as the front end of a cluster did.
   */
  scriptErrors?: 'as-sent' | 'bad-gateway'
  replicas: readonly ReplicaEndpoint[]
}
