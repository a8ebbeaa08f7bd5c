/** Makes the routes of a gateway those that the API tells, and knows how far that is. */
import type { GatewayEvent } from '@slipway/contract'
import type { Gateway, ServiceRoute } from '@slipway/scoring'

export interface RouteKeeperOptions {
  gateway: Pick<Gateway, 'setRoute' | 'removeRoute'>
  /** Called when a change was heard, or has settled. */
  onProgress(): void
}

export class RouteKeeper {
  readonly #options: RouteKeeperOptions
  readonly #routes = new Map<string, ServiceRoute>()
  /** Changes that have not settled, by prefix; aborted when a newer one takes their place. */
  readonly #settling = new Map<string, AbortController>()
  #epoch: string | undefined
  #heard = 0

  constructor(options: RouteKeeperOptions) {
    this.#options = options
  }

  get routes(): ServiceRoute[] {
    return [...this.#routes.values()]
  }

  /** Changes up to `heard` hold from the next request on. Before the first snapshot there is no epoch. */
  get progress(): { epoch: string | undefined; heard: number; unsettled: string[] } {
    return { epoch: this.#epoch, heard: this.#heard, unsettled: [...this.#settling.keys()] }
  }

  apply(event: GatewayEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.replaceAll(event.routes.map(({ route }) => route))
        this.#epoch = event.epoch
        break
      case 'route':
        this.#set(event.route)
        break
      case 'removed':
        this.#remove(event.prefix)
    }
    this.#heard = event.revision
    this.#options.onProgress()
  }

  /** These and no others. */
  replaceAll(routes: readonly ServiceRoute[]): void {
    const wanted = new Set(routes.map(({ prefix }) => prefix))
    for (const prefix of this.#routes.keys()) if (!wanted.has(prefix)) this.#remove(prefix)
    for (const route of routes) this.#set(route)
  }

  /** Waits for nothing any more. */
  close(): void {
    for (const superseded of this.#settling.values()) superseded.abort()
  }

  #set(route: ServiceRoute): void {
    this.#routes.set(route.prefix, route)
    this.#settle(route.prefix, (signal) => this.#options.gateway.setRoute(route, signal))
  }

  #remove(prefix: string): void {
    this.#routes.delete(prefix)
    this.#settle(prefix, (signal) => this.#options.gateway.removeRoute(prefix, signal))
  }

  /** The change holds when `work` returns; what it promises is that it has settled. */
  #settle(prefix: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.#settling.get(prefix)?.abort()
    const newest = new AbortController()
    this.#settling.set(prefix, newest)
    const settled = () => {
      if (this.#settling.get(prefix) !== newest) return
      this.#settling.delete(prefix)
      this.#options.onProgress()
    }
    // It rejects for no other reason than that a newer change, or the end, has aborted it.
    work(newest.signal).then(settled, () => undefined)
  }
}
