/** One service behind the gateway: answers its scoring, health and swagger requests. */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type AuthCheck, createAuthCheck } from './auth.ts'
import type { ClientRequest } from '../http/client-request.ts'
import { corsHeaders, isPreflight } from '../http/cors.ts'
import { Exchange, type ExchangeOptions, versionHeader } from './exchange.ts'
import type { PoolOptions } from './pool.ts'
import {
  busyReply,
  emptyReply,
  healthyReply,
  messageReply,
  methodsReply,
  type Reply,
  texts,
  unauthorizedReply,
} from '../http/replies.ts'
import { refuse } from '../http/refusal.ts'
import { requestIds } from '../http/request-ids.ts'
import type { Resource } from './route-table.ts'
import type { ServiceAuth, ServiceRoute } from './service-route.ts'
import { swaggerReply } from './swagger.ts'
import { Versions } from './versions.ts'

export interface ServiceOptions {
  maxBodyBytes: number
  /** Headers that name the server, names and values in turn. */
  serverNames: readonly string[]
  onScored: ExchangeOptions['onScored']
  nextCallId(): number
  /** Time of day, in milliseconds since 1970. */
  now(): number
  pool: Omit<PoolOptions, 'service'>
}

export interface Incoming {
  request: ClientRequest
  resource: Resource
  query: string
}

/** `HEAD` and `OPTIONS` go to the worker, for what they mean depends on the script. */
const scoringMethods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS'])
const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export class Service {
  readonly versions: Versions
  readonly #options: ServiceOptions
  #route: ServiceRoute
  #check: AuthCheck

  constructor(route: ServiceRoute, options: ServiceOptions) {
    this.#options = options
    this.#route = route
    this.#check = createAuthCheck(route.auth, options.now)
    this.versions = new Versions(route.versions, { ...options.pool, service: () => this.#route.service })
  }

  get route(): ServiceRoute {
    return this.#route
  }

  /** See Gateway.setRoute. */
  async setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void> {
    this.setAuth(route.auth)
    this.#route = route
    this.versions.set(route.versions)
    await this.versions.settled(signal)
  }

  /** The same once more forgets no token that was found good. */
  setAuth(auth: ServiceAuth): void {
    if (isDeepStrictEqual(auth, this.#route.auth)) return
    this.#route = { ...this.#route, auth }
    this.#check = createAuthCheck(auth, this.#options.now)
  }

  handle(incoming: Incoming): void {
    const { request, resource } = incoming
    const cors = corsHeaders(this.#route.cors, request)
    const methods = resource === 'score' ? scoringMethods : readingMethods
    if (!methods.has(request.method)) return refuse(request, 405, texts.methodNotAllowed)
    const exchange = this.#open(incoming, cors)
    if (exchange.refusal !== undefined) return exchange.answer(messageReply(431, exchange.refusal))
    // Browsers send no key with the question whether they may send one.
    if (cors.length > 0 && isPreflight(request)) return exchange.answer(emptyReply())
    if (resource === 'score') return this.#score(exchange, request)
    exchange.answer(request.method === 'OPTIONS' ? methodsReply() : this.#describe(incoming))
  }

  #open({ request, query, resource }: Incoming, cors: readonly string[]): Exchange {
    const { serverNames, onScored, nextCallId } = this.#options
    return new Exchange(nextCallId(), {
      request,
      query,
      ids: requestIds(request, randomUUID),
      serverNames,
      onScored,
      cors,
      version: this.versions.default,
      isCounted: resource === 'score',
    })
  }

  /** Health and swagger: of the version that is asked for, else of the service as a whole and of its default version. */
  #describe({ request, resource, query }: Incoming): Reply {
    const name = request.header(versionHeader)
    const pool = name === undefined ? this.versions.default : this.versions.get(name)
    if (pool === undefined) return this.#unknownVersion(name)
    const { takesCalls } = name === undefined ? this.versions : pool
    if (resource === 'health') return takesCalls ? healthyReply() : this.#noReplicas()
    return pool.description === undefined ? this.#noReplicas() : swaggerReply(pool.description.swagger, query)
  }

  #noReplicas(): Reply {
    return busyReply(texts.noReplicas(this.#route.service))
  }

  #unknownVersion(name = ''): Reply {
    const known = this.versions.all.map(({ version }) => version.name)
    return messageReply(404, texts.unknownVersion(this.#route.service, name, known))
  }

  #score(exchange: Exchange, request: ClientRequest): void {
    request.onLeft(() => exchange.leave())
    const verdict = this.#check(request.header('authorization'))
    if (!(verdict instanceof Promise)) return this.#admit(exchange, request, verdict)
    // A check does not reject.
    void verdict.then((late) => this.#admit(exchange, request, late))
  }

  #admit(exchange: Exchange, request: ClientRequest, refusal: string | undefined): void {
    if (refusal !== undefined) return exchange.answer(unauthorizedReply(refusal))
    const name = request.header(versionHeader)
    if (name !== undefined && this.versions.get(name) === undefined)
      return exchange.answer(this.#unknownVersion(name))
    const { maxBodyBytes } = this.#options
    request.readBody(maxBodyBytes, (body) => {
      if (exchange.isSettled) return
      if (body === undefined) return exchange.answer(messageReply(413, texts.bodyTooLarge(maxBodyBytes)))
      exchange.body = body
      this.#submit(exchange, name)
    })
  }

  /** The versions may have changed while the body came in. */
  #submit(exchange: Exchange, name: string | undefined): void {
    const pool = name === undefined ? this.versions.next() : this.versions.get(name)
    if (pool === undefined) return exchange.answer(this.#unknownVersion(name))
    exchange.handTo(pool, this.versions.hasMany)
    pool.submit(exchange)
    if (!exchange.isSettled) this.versions.mirror(exchange, pool, this.#options.nextCallId)
  }
}
