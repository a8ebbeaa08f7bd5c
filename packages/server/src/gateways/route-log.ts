/** The routes of all services as gateways are told them: each change has a revision, and followers miss none. */
import type { ServiceAuth, ServiceRoute } from '@slipway/scoring'

/** What followers are told; the contract has it as `GatewayEvent`. */
export type RouteEvent =
  | { type: 'route'; revision: number; route: ServiceRoute }
  | { type: 'removed'; revision: number; prefix: string }

export interface Follower {
  /** All routes as they were when it began to follow. */
  routes: { revision: number; route: ServiceRoute }[]
  /** Revision of the newest of them. */
  revision: number
  hasNews(): boolean
  /** Changes since the last time, in order; of several changes of one route only the last one. */
  take(): RouteEvent[]
  unfollow(): void
}

interface Entry {
  revision: number
  route: ServiceRoute
  /** To find out cheaply whether a route is another one. */
  text: string
}

export class RouteLog {
  readonly #entries = new Map<string, Entry>()
  /** What each follower is still to be told, by prefix. */
  readonly #followers = new Set<Map<string, RouteEvent>>()
  readonly #onChange: () => void
  #revision = 0

  /** `onChange` is called after each change, when followers have something to take. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get routes(): ServiceRoute[] {
    return [...this.#entries.values()].map(({ route }) => route)
  }

  /** Names of the versions that the route at `prefix` has; undefined where there is none. */
  versions(prefix: string): string[] | undefined {
    return this.#entries.get(prefix)?.route.versions.map(({ name }) => name)
  }

  /** The revision since which this route holds: an equal one keeps its own. */
  set(route: ServiceRoute): number {
    const text = JSON.stringify(route)
    const known = this.#entries.get(route.prefix)
    if (known?.text === text) return known.revision
    const revision = (this.#revision += 1)
    this.#entries.set(route.prefix, { revision, route, text })
    this.#tell(route.prefix, { type: 'route', revision, route })
    return revision
  }

  /** Undefined where there is no such route. */
  setAuth(prefix: string, auth: ServiceAuth): number | undefined {
    const known = this.#entries.get(prefix)
    return known && this.set({ ...known.route, auth })
  }

  /** A revision at which it is gone. */
  remove(prefix: string): number {
    if (this.#entries.delete(prefix)) {
      const revision = (this.#revision += 1)
      this.#tell(prefix, { type: 'removed', revision, prefix })
    }
    return this.#revision
  }

  follow(): Follower {
    const pending = new Map<string, RouteEvent>()
    this.#followers.add(pending)
    return {
      routes: [...this.#entries.values()].map(({ revision, route }) => ({ revision, route })),
      revision: this.#revision,
      hasNews: () => pending.size > 0,
      take: () => {
        const events = [...pending.values()]
        pending.clear()
        return events
      },
      unfollow: () => void this.#followers.delete(pending),
    }
  }

  #tell(prefix: string, event: RouteEvent): void {
    for (const pending of this.#followers) {
      // Last in the row, so that revisions keep growing.
      pending.delete(prefix)
      pending.set(prefix, event)
    }
    this.#onChange()
  }
}
