/** One service behind the gateway: answers its scoring, health and swagger requests. */
import { randomUUID } from 'node:crypto'
import { type AuthCheck, createAuthCheck } from './auth.ts'
import type { ClientRequest } from './client-request.ts'
import { Exchange } from './exchange.ts'
import type { Pool } from './pool.ts'
import { busyReply, healthyReply, messageReply, type Reply, texts, unauthorizedReply } from './replies.ts'
import { requestIds } from './request-ids.ts'
import type { Resource } from './route-table.ts'
import type { ServiceRoute } from './service-route.ts'
import { swaggerReply } from './swagger.ts'

export interface ServiceOptions {
  maxBodyBytes: number
  serverVersion: string
  nextCallId(): number
}

export interface Incoming {
  request: ClientRequest
  resource: Resource
  query: string
}

/** `HEAD` and `OPTIONS` go to the worker, for what they mean depends on the script. */
const scoringMethods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS'])
const readingMethods = new Set(['GET', 'HEAD'])

export class Service {
  readonly pool: Pool
  readonly #options: ServiceOptions
  #auth: ServiceRoute['auth'] | undefined
  #check: AuthCheck = () => undefined

  constructor(pool: Pool, options: ServiceOptions) {
    this.pool = pool
    this.#options = options
  }

  handle(incoming: Incoming): void {
    const methods = incoming.resource === 'score' ? scoringMethods : readingMethods
    const exchange = this.#open(incoming)
    // As in the reference, a method that no resource takes is refused before ids are given.
    if (!methods.has(exchange.method)) return exchange.answer(messageReply(405, texts.methodNotAllowed))
    if (exchange.refusal !== undefined) return exchange.answer(messageReply(431, exchange.refusal))
    if (incoming.resource === 'health') return exchange.answer(this.#health())
    if (incoming.resource === 'swagger') return exchange.answer(this.#swagger(incoming.query))
    this.#score(exchange, incoming)
  }

  #open({ request, query, resource }: Incoming): Exchange {
    const { serverVersion, nextCallId } = this.#options
    const isScoring = resource === 'score'
    return new Exchange(nextCallId(), {
      request,
      query,
      ids: requestIds(request, randomUUID),
      serverVersion,
      rewritesServerErrors: this.pool.route.scriptErrors === 'bad-gateway',
      onAnswered: isScoring ? (reply) => this.pool.record(reply) : undefined,
    })
  }

  #health(): Reply {
    return this.pool.isReady ? healthyReply() : this.#noReplicas()
  }

  #swagger(query: string): Reply {
    const { description } = this.pool
    return description === undefined ? this.#noReplicas() : swaggerReply(description.swagger, query)
  }

  #noReplicas(): Reply {
    return busyReply(texts.noReplicas(this.pool.route.service))
  }

  #score(exchange: Exchange, { request }: Incoming): void {
    const refusal = this.#authCheck()(request.header('authorization'))
    if (refusal !== undefined) return exchange.answer(unauthorizedReply(refusal))
    request.onLeft(() => {
      if (!exchange.isSettled) this.#leave(exchange)
    })
    const { maxBodyBytes } = this.#options
    request.readBody(maxBodyBytes, (body) => {
      if (exchange.isSettled) return
      if (body === undefined) return exchange.answer(messageReply(413, texts.bodyTooLarge(maxBodyBytes)))
      exchange.body = body
      this.pool.submit(exchange)
    })
  }

  #leave(exchange: Exchange): void {
    exchange.leave()
    this.pool.abandon(exchange)
  }

  /** Built again when the route's keys have changed. */
  #authCheck(): AuthCheck {
    const { auth } = this.pool.route
    if (auth !== this.#auth) {
      this.#auth = auth
      this.#check = createAuthCheck(auth)
    }
    return this.#check
  }
}
