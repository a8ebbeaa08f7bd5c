/** Ties a gateway that runs apart to the API: routes come from there, reports go there, and both survive its absence. */
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError, type GatewayLine } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import type { ApiConnection } from './api-connection.ts'
import { Reporter } from './reporter.ts'
import type { RouteFile } from './route-file.ts'
import { RouteKeeper } from './route-keeper.ts'

const firstPauseMs = 250
const maxPauseMs = 5_000

export interface GatewayLinkOptions {
  api: Pick<ApiConnection, 'follow' | 'report'>
  gateway: Gateway
  identity: { instance: string; name: string }
  /** Where routes are kept beyond the end of the process; left out: nowhere. */
  routeFile?: Pick<RouteFile, 'read' | 'save'> | undefined
  /** Called once when the API is away, and once when it is back. */
  onAway(error: unknown): void
  onBack(): void
  /** Called with the first of each row of reports that are lost; what they tell is told by the next one that is not. */
  onReportLost(error: unknown): void
  onError(message: string, error: unknown): void
}

export interface GatewayLink {
  /**
   * Resolves once the gateway has routes: the ones that were kept, or the ones of the API; never where it is closed before.
   * Errors: `unauthorized` where there are none, and the API does not take the token.
   */
  start(): Promise<void>
  addLine(line: GatewayLine): void
  addWaiting(call: { prefix: string; version: string }): void
  /** Tells the API that the gateway leaves; the routes stay as they are. */
  close(): Promise<void>
}

export function createGatewayLink(options: GatewayLinkOptions): GatewayLink {
  return new Link(options)
}

class Link implements GatewayLink {
  readonly #options: GatewayLinkOptions
  readonly #keeper: RouteKeeper
  readonly #reporter: Reporter
  readonly #hasRoutes = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  #following: Promise<void> | undefined
  #saving: Promise<void> = Promise.resolve()
  #isAway = false

  constructor(options: GatewayLinkOptions) {
    const { gateway, api, identity } = options
    this.#options = options
    this.#keeper = new RouteKeeper({ gateway, onProgress: () => this.#reporter.tellSoon() })
    const onLost = options.onReportLost
    this.#reporter = new Reporter({ api, gateway, keeper: this.#keeper, identity, onLost })
  }

  async start(): Promise<void> {
    const kept = await this.#options.routeFile?.read()
    if (kept) {
      this.#keeper.replaceAll(kept)
      this.#hasRoutes.resolve()
    }
    this.#following = this.#follow(this.#stopping.signal)
    this.#reporter.start()
    await this.#hasRoutes.promise
  }

  addLine(line: GatewayLine): void {
    this.#reporter.addLine(line)
  }

  addWaiting(call: { prefix: string; version: string }): void {
    this.#reporter.addWaiting(call)
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the gateway stops'))
    await this.#following
    await this.#saving
    this.#keeper.close()
    await this.#reporter.close()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      try {
        for await (const event of this.#options.api.follow(this.#options.identity, signal)) {
          pauseMs = firstPauseMs
          this.#noteBack()
          this.#keeper.apply(event)
          this.#save()
          this.#hasRoutes.resolve()
        }
        throw new Error('the API has ended the stream of routes')
      } catch (error) {
        if (signal.aborted) return
        this.#noteAway(error)
        if (isRefused(error)) this.#hasRoutes.reject(error)
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, maxPauseMs)
    }
  }

  #save(): void {
    const { routeFile, onError } = this.#options
    if (!routeFile) return
    this.#saving = routeFile
      .save(this.#keeper.routes)
      .catch((error: unknown) => onError('the routes could not be kept', error))
  }

  #noteAway(error: unknown): void {
    if (!this.#isAway) this.#options.onAway(error)
    this.#isAway = true
  }

  #noteBack(): void {
    if (this.#isAway) this.#options.onBack()
    this.#isAway = false
  }
}

/** Waiting does not help against a wrong token, as it does against an API that is away. */
function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unauthorized'
}
