/** The front door of all services: one HTTP port, routing, keys, and the way to the replicas. */
import type { ClientRequest } from './http/client-request.ts'
import { orAborted } from './service/condition.ts'
import type { VersionLoad } from './service/load-meter.ts'
import type { ScoredCall } from './service/exchange.ts'
import { HttpFront } from './http/http-front.ts'
import type { ListenOptions, Notice } from './http/ports.ts'
import type { Pool } from './service/pool.ts'
import { refuse } from './http/refusal.ts'
import { texts } from './http/replies.ts'
import { isSamePrefix, RouteTable } from './service/route-table.ts'
import { Service, type ServiceOptions } from './service/service.ts'
import type { ServiceAuth, ServiceRoute } from './service/service-route.ts'
import type { ServiceStats } from './service/service-stats.ts'
import { WorkerReplica } from './worker/worker-replica.ts'

export interface ScoringLog {
  /** Prefix of the route. */
  prefix: string
  service: string
  /** Id of its endpoint. */
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
  /** Larger heads of requests, request line included, get 431. Default 16 KiB. */
  maxHeaderBytes?: number
  /** Time a client has to send the head of a request, in milliseconds; over it: 408. Default 60 000. */
  headersTimeoutMs?: number
  /** Time a client has to send a whole request, in milliseconds; over it: 408. Default 300 000. */
  requestTimeoutMs?: number
  /** Time a connection without a request stays open, in milliseconds. Default 65 000. */
  keepAliveTimeoutMs?: number
  /** Whether plain requests are answered without node:http, which clients cannot tell. Default true. */
  fastPath?: boolean
  /** Sent as `x-ms-server-version`. Default `slipway`. */
  serverVersion?: string
  /** Whether replies name the server. Default true. */
  showsVersion?: boolean
  /** Receives what scripts print while serving; must not throw. */
  onLog(entry: ScoringLog): void
  /** Receives every scoring request that was answered; must not throw. Costs nothing where it is absent. */
  onScored?(call: ScoredCall): void
  /** Receives what an operator should know, such as a certificate that cannot be used; must not throw. */
  onNotice?(notice: Notice): void
  /**
   * Signals a worker process; called with SIGALRM to end an overdue `run`, with SIGKILL when that did not help. May throw,
   * for the process may have ended meanwhile: a worker that cannot be killed is disconnected.
   */
  kill(pid: number, signal: 'SIGALRM' | 'SIGKILL'): void
  /** Called at once when calls begin to wait in a version that has no ready replica; must not throw. */
  onWaiting?(place: { prefix: string; version: string }): void
}

export interface Gateway {
  /** May be called more than once; answers alike on every port. */
  listen(options: ListenOptions): Promise<{ port: number }>
  /**
   * Makes the route as given; idempotent. New replicas are connected first, then those no longer listed drain; one whose
   * socket another is to have drains at once. A version keeps its replicas while its name is listed, whatever its share;
   * one that is dropped answers the calls it has. Resolves once every listed replica is connected and every dropped one has
   * answered its calls. Settings, shares and keys hold from the next request on. Rejects when `signal` aborts; the route
   * stays as given and keeps settling.
   */
  setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void>
  /** Holds from the next request on, until `setRoute` says otherwise. An unknown prefix is ignored. */
  setAuth(prefix: string, auth: ServiceAuth): void
  /**
   * Answers 404 from now on; resolves once running and waiting calls are answered, also those of an earlier removal.
   * Removing an unknown prefix succeeds. Rejects when `signal` aborts; the removal goes on by itself.
   */
  removeRoute(prefix: string, signal?: AbortSignal): Promise<void>
  /** What the service at `prefix` has done; undefined when there is none. */
  stats(prefix: string): ServiceStats | undefined
  /** How busy each version at `prefix` is; undefined when there is none. */
  load(prefix: string): Readonly<Record<string, VersionLoad>> | undefined
  /** Connections of clients now. */
  readonly connections: number
  /** Stops listening, lets calls finish that run or are on their way, closes every connection. Idempotent. */
  close(): Promise<void>
}

/** Creates a gateway without routes that does not listen yet. */
export function createGateway(options: GatewayOptions): Gateway {
  return new HttpGateway(options)
}

const defaults = {
  maxBodyBytes: 104_857_600,
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 65_000,
  graceMs: 1_000,
  closeDeadlineMs: 30_000,
  serverVersion: 'slipway',
  showsVersion: true,
  fastPath: true,
  onNotice: () => undefined,
  onWaiting: () => undefined,
}

const maxCallId = 0xffff_ffff

/** Tells how the gateway itself is, whatever its services are. */
const healthPath = '/healthz'

class HttpGateway implements Gateway {
  readonly #options: Required<Omit<GatewayOptions, 'onScored'>> & Pick<GatewayOptions, 'onScored'>
  readonly #front: HttpFront
  readonly #table = new RouteTable<Service>()
  /** Removed services stay here until their last call is answered. */
  readonly #services = new Set<Service>()
  #lastCallId = 0
  #closing: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = { ...defaults, ...options }
    this.#front = new HttpFront({ ...this.#options, onRequest: (request) => this.#handle(request) })
  }

  get connections(): number {
    return this.#front.connections
  }

  async listen(options: ListenOptions): Promise<{ port: number }> {
    return await this.#front.listen(options)
  }

  async setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void> {
    const service = this.#table.get(route.prefix) ?? this.#addService(route)
    await service.setRoute(route, signal)
  }

  setAuth(prefix: string, auth: ServiceAuth): void {
    this.#table.get(prefix)?.setAuth(auth)
  }

  async removeRoute(prefix: string, signal?: AbortSignal): Promise<void> {
    this.#table.delete(prefix)
    const removed = [...this.#services].filter(({ route }) => isSamePrefix(route.prefix, prefix))
    const closed = removed.map(async (service) => {
      await service.versions.close()
      this.#services.delete(service)
    })
    await orAborted(Promise.all(closed), signal)
  }

  stats(prefix: string): ServiceStats | undefined {
    const versions = this.#byVersion(prefix, (pool) => pool.stats)
    return versions && { versions }
  }

  load(prefix: string): Readonly<Record<string, VersionLoad>> | undefined {
    return this.#byVersion(prefix, (pool) => pool.load)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await this.#front.close()
    for (const service of this.#services) service.versions.abort()
    this.#services.clear()
  }

  #addService(route: ServiceRoute): Service {
    const { maxBodyBytes, serverVersion, showsVersion, onScored } = this.#options
    const service = new Service(route, {
      maxBodyBytes,
      serverNames: showsVersion ? ['x-ms-server-version', serverVersion] : [],
      onScored,
      nextCallId: () => (this.#lastCallId = (this.#lastCallId % maxCallId) + 1),
      now: () => Date.now(),
      pool: this.#poolOptions(route),
    })
    this.#services.add(service)
    this.#table.set(route.prefix, service)
    return service
  }

  #poolOptions({ prefix, service }: ServiceRoute): ServiceOptions['pool'] {
    const { graceMs, kill, onLog, onWaiting } = this.#options
    return {
      openReplica: (endpoint, events, limits) =>
        new WorkerReplica({ endpoint, events, limits, graceMs, kill }),
      onLog: ({ replica, requestId, isError, text }) => {
        const stream = isError ? 'stderr' : 'stdout'
        const entry: ScoringLog = { prefix, service, replica, stream, text }
        onLog(requestId === undefined ? entry : { ...entry, requestId })
      },
      onStarving: (version) => onWaiting({ prefix, version }),
      now: () => performance.now(),
    }
  }

  #byVersion<T>(prefix: string, read: (pool: Pool) => T): Record<string, T> | undefined {
    const pools = this.#table.get(prefix)?.versions.all
    return pools && Object.fromEntries(pools.map((pool) => [pool.version.name, read(pool)]))
  }

  #handle(request: ClientRequest): void {
    const match = this.#table.match(request.url)
    if (match.kind === 'found')
      return match.service.handle({ request, resource: match.resource, query: match.query })
    const isUnknown = match.kind === 'unknown-service'
    if (isUnknown && request.url === healthPath) return this.#answerHealth(request)
    refuse(request, 404, isUnknown ? texts.unknownService(match.prefix) : texts.unknownPath)
  }

  /** For whoever spreads requests over several gateways: one that stops is to get no more of them. */
  #answerHealth(request: ClientRequest): void {
    if (this.#closing) return refuse(request, 503, texts.stopping)
    const body = Buffer.from('Healthy')
    const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(body.length)]
    request.reply({ status: 200, headers, isTrusted: true }, body)
  }
}
