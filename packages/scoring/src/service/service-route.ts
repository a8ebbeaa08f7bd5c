/** What the gateway is told about a service: where it answers, who may call, and which replicas serve each version. */

/** A worker on this machine that has bound its socket, or is about to. */
export interface ReplicaEndpoint {
  /** Another one for each start of a worker, so that its logs can be told apart. One that was dropped may come back. */
  id: string
  /** Unix socket of the worker, at most 107 bytes. */
  socketPath: string
}

export type ServiceAuth =
  | { kind: 'none' }
  | { kind: 'keys'; keys: readonly [string, string] }
  /** JSON Web Tokens signed with HS256; `secret` is base64url of 32 bytes. */
  | { kind: 'tokens'; secret: string; audience: string }

export interface ServiceRoute {
  /** For example `/api/v1/service/diabetes`: scores at `<prefix>/score`, describes itself at `<prefix>/swagger.json`, health at `<prefix>/`. */
  prefix: string
  /** Name used in messages, logs and statistics. */
  service: string
  auth: ServiceAuth
  /** Origins that browsers may call from; `*` for all; empty: no CORS headers. */
  cors: readonly string[]
  /** One to six; exactly one is the default. */
  versions: readonly VersionRoute[]
}

export interface VersionRoute {
  name: string
  isDefault: boolean
  /** Percent of the requests, 0-100; what all of them leave goes to the default version. Ignored for the default one. */
  trafficPercent: number
  /** Percent of the requests of which it receives a copy; the reply is thrown away, differences are counted. 0: none. */
  shadowPercent: number
  /** Time one `run` may take, counted from when it is the next to run in its worker; 0 means no limit. */
  scoringTimeoutMs: number
  /** Calls handed to one replica at a time; it still runs them one after the other. */
  maxConcurrentPerReplica: number
  /** Time a call may wait for a free replica. Over it: 503. */
  maxQueueWaitMs: number
  /** Calls that may wait for a free replica. Over it: 503 at once. */
  maxQueueLength: number
  /** Time a call may wait while no replica is listed because the version was scaled to zero. 0: as any other call. */
  maxColdStartMs: number
  /**
   * What becomes of a 5xx that the script or the worker answers. `as-sent` (default) passes it on, as the scoring
   * server alone and single-container deployments do; `bad-gateway` turns it into 502, as the front end of a cluster did.
   */
  scriptErrors?: 'as-sent' | 'bad-gateway'
  /** Status of a scoring timeout: a gateway says 504 (default), the scoring server alone 500. */
  timeoutStatus?: 500 | 504
  probe?: ProbeSettings
  replicas: readonly ReplicaEndpoint[]
}

/** A replica that does not answer a ping while idle, `failureThreshold` times in a row, is killed. */
export interface ProbeSettings {
  /** Time from one ping to the next. */
  periodMs: number
  /** Time a ping may take. */
  timeoutMs: number
  /** Time from the connection to the first ping. */
  initialDelayMs: number
  /** Pings to be answered in a row before a replica is given calls. */
  successThreshold: number
  failureThreshold: number
}
