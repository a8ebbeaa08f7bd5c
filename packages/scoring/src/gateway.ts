/** The front door of all services: one HTTP port, routing, keys, and the way to the replicas. */
import type { ServiceRoute } from './service-route.ts'
import type { ServiceStats } from './service-stats.ts'

export interface ScoringLog {
  service: string
  replica: string
  /** Id of the request whose `run` printed the text; absent when none was running. */
  requestId?: string
  stream: 'stdout' | 'stderr'
  /** One or more whole lines, without the last line feed. */
  text: string
}

export interface GatewayOptions {
  /** Larger request bodies get 413. Default 100 MiB. */
  maxBodyBytes?: number
  /** Time between asking an overdue `run` to stop and killing its worker. Default 1000. */
  graceMs?: number
  /** Time `close` waits for running calls before it cuts connections. Default 30 000. */
  closeDeadlineMs?: number
  /** Sent as `x-ms-server-version`. Default `slipway`. */
  serverVersion?: string
  /** Receives what scripts print while serving; must not throw. */
  onLog(entry: ScoringLog): void
  /** Signals a worker process; called with SIGALRM to end an overdue `run`, with SIGKILL when that did not help. */
  kill(pid: number, signal: 'SIGALRM' | 'SIGKILL'): void
}

export interface Gateway {
  listen(port: number, host: string): Promise<{ port: number }>
  /**
   * Makes the route as given; idempotent. New replicas are connected first, then those no longer listed drain. Resolves
   * once every listed replica is connected and every dropped one has answered its calls. Settings and keys hold from the
   * next request on. Rejects when `signal` aborts; the route stays as given and keeps settling.
   */
  setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void>
  /** Answers 404 from now on; resolves once running and waiting calls are answered. Removing an unknown prefix succeeds. */
  removeRoute(prefix: string): Promise<void>
  /** Sends nothing more to these replicas; resolves once they have answered their calls. Unknown ids succeed. */
  drain(replicaIds: readonly string[], signal: AbortSignal): Promise<void>
  /** What the service at `prefix` has done; undefined when there is none. */
  stats(prefix: string): ServiceStats | undefined
  /** Stops listening, lets calls finish, closes every connection. Idempotent. */
  close(): Promise<void>
}

/** Creates a gateway without routes that does not listen yet. */
export function createGateway(_options: GatewayOptions): Gateway {
  throw new Error('the gateway is being written')
}
