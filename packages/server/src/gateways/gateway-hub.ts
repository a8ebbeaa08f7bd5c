/** All gateways as one: the one in this process, if there is one, and those that run apart and report. */
import { randomUUID } from 'node:crypto'
import type { GatewayLine, GatewayReport } from '@slipway/contract'
import {
  Condition,
  type Gateway,
  type ServiceAuth,
  type ServiceRoute,
  type VersionLoad,
} from '@slipway/scoring'
import type { ServerEvent } from '../http/handlers.ts'
import { countsOf, type GatewayCounts } from './counts.ts'
import { RemoteGateway } from './remote-gateway.ts'
import { RouteLog } from './route-log.ts'
import { addLoads, sumOf, type StatsByVersion } from './sums.ts'

export interface WaitingCall {
  prefix: string
  version: string
}

export interface GatewayHubOptions {
  /** Opens the gateway of this process; left out where all run apart. */
  openLocal?: ((onWaiting: (call: WaitingCall) => void) => Gateway) | undefined
  /** Receives what scripts print behind gateways that run apart; must not throw. */
  onLine(line: GatewayLine): void
  /** Lines that a gateway had to drop while the API was away. */
  onDroppedLines(gateway: string, count: number): void
  /** A gateway without a sign of life for so long counts as gone. Default 10,000. */
  lifeSignMs?: number
}

/** A gateway counts from its first sign of life until it leaves, or has been silent for too long. */
export interface GatewayHub {
  readonly local: Gateway | undefined
  /** As `Gateway.setRoute`, in every gateway that counts. */
  setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void>
  /** As `Gateway.removeRoute`, in every gateway that counts. */
  removeRoute(prefix: string, signal?: AbortSignal): Promise<void>
  /**
   * As `Gateway.setAuth`. Resolves once it holds in every gateway that counts. One that is away has it when it is back;
   * so has one that reports and yet does not hear, for which nobody waits longer than for a sign of life.
   */
  setAuth(prefix: string, auth: ServiceAuth): Promise<void>
  /** Sums over all gateways; of `readyReplicas` the least, for only what each has reached serves all calls. */
  stats(prefix: string): { versions: StatsByVersion } | undefined
  /** As `stats`. The integrals go on growing when a gateway goes, and do not jump when one comes. */
  load(prefix: string): Record<string, VersionLoad> | undefined
  /** Calls the listener at once when a call begins to wait in a version without a ready replica, in any gateway. */
  onWaiting(listener: (call: WaitingCall) => void): void
  /** What one gateway is told: a snapshot, then each change, until the signal aborts. */
  follow(gateway: { instance: string; name: string }, signal: AbortSignal): AsyncIterable<ServerEvent>
  /** Takes a report in. Gives false where the gateway has to tell everything with the next one. */
  take(report: GatewayReport): boolean
  /** For metrics. */
  counts(): GatewayCounts[]
  /** Closes the gateway of this process, and forgets all others. */
  close(): Promise<void>
}

export function createGatewayHub(options: GatewayHubOptions): GatewayHub {
  return new Hub(options)
}

const defaultLifeSignMs = 10_000

interface Remote {
  gateway: RemoteGateway
  silence: NodeJS.Timeout
}

class Hub implements GatewayHub {
  readonly local: Gateway | undefined
  readonly #options: GatewayHubOptions
  readonly #lifeSignMs: number
  readonly #epoch = randomUUID()
  readonly #changed = new Condition()
  readonly #routes = new RouteLog(() => this.#changed.notify())
  readonly #remotes = new Map<string, Remote>()
  readonly #listeners = new Set<(call: WaitingCall) => void>()
  /** What gateways that are gone have added, by prefix. */
  readonly #past = new Map<string, Record<string, VersionLoad>>()

  constructor(options: GatewayHubOptions) {
    this.#options = options
    this.#lifeSignMs = options.lifeSignMs ?? defaultLifeSignMs
    this.local = options.openLocal?.((call) => this.#wake(call))
  }

  async setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void> {
    const revision = this.#routes.set(route)
    const settled = () => this.#each((gateway) => gateway.hasSettled(route.prefix, revision))
    await Promise.all([this.local?.setRoute(route, signal), this.#changed.until(settled, signal)])
  }

  async removeRoute(prefix: string, signal?: AbortSignal): Promise<void> {
    const revision = this.#routes.remove(prefix)
    const settled = () => this.#each((gateway) => gateway.hasSettled(prefix, revision))
    await Promise.all([this.local?.removeRoute(prefix, signal), this.#changed.until(settled, signal)])
    this.#past.delete(prefix)
    for (const { gateway } of this.#remotes.values()) gateway.forget(prefix)
  }

  async setAuth(prefix: string, auth: ServiceAuth): Promise<void> {
    this.local?.setAuth(prefix, auth)
    const revision = this.#routes.setAuth(prefix, auth)
    if (revision === undefined) return
    const late = AbortSignal.timeout(this.#lifeSignMs)
    const heard = () => late.aborted || this.#each((gateway) => gateway.hasHeard(revision))
    late.addEventListener('abort', () => this.#changed.notify(), { once: true })
    await this.#changed.until(heard)
  }

  stats(prefix: string): { versions: StatsByVersion } | undefined {
    if (!this.#routes.versions(prefix)) return undefined
    const local = this.local?.stats(prefix)?.versions
    const all = [...this.#gateways()].map(({ stats }) => stats.get(prefix))
    const known = [local, ...all].filter((one) => one !== undefined)
    return { versions: sumOf(known) }
  }

  load(prefix: string): Record<string, VersionLoad> | undefined {
    const versions = this.#routes.versions(prefix)
    if (!versions) return undefined
    const nowMs = performance.now()
    const local = this.local ? [this.local.load(prefix)] : []
    const loads = [...local, ...[...this.#gateways()].map(({ load }) => load.at(prefix, nowMs))]
    return addLoads(versions, { loads, past: this.#past.get(prefix) })
  }

  onWaiting(listener: (call: WaitingCall) => void): void {
    this.#listeners.add(listener)
  }

  async *follow(
    { instance, name }: { instance: string; name: string },
    signal: AbortSignal,
  ): AsyncGenerator<ServerEvent, void> {
    this.#sign(instance, name)
    const follower = this.#routes.follow()
    try {
      const { routes, revision } = follower
      yield { data: { type: 'snapshot', epoch: this.#epoch, revision, routes } }
      for (;;) {
        await this.#changed.until(follower.hasNews, signal)
        for (const data of follower.take()) yield { data }
      }
    } finally {
      follower.unfollow()
    }
  }

  take(report: GatewayReport): boolean {
    const { instance, name } = report
    const { gateway } = this.#sign(instance, name)
    const isKnown = gateway.hasReported
    const isNew = gateway.take(report, { epoch: this.#epoch, nowMs: performance.now() })
    if (isNew) this.#write(report)
    for (const call of report.waiting) this.#wake(call)
    if (report.leaving) this.#forget(instance)
    this.#changed.notify()
    return isKnown
  }

  counts(): GatewayCounts[] {
    const { routes } = this.#routes
    const { local } = this
    const nowMs = performance.now()
    const here = local && {
      gateway: 'local',
      connections: local.connections,
      versions: countsOf(routes, {
        stats: (prefix) => local.stats(prefix)?.versions,
        load: (prefix) => local.load(prefix),
      }),
    }
    const apart = [...this.#gateways()].map(({ name, connections, stats, load }) => ({
      gateway: name,
      connections,
      versions: countsOf(routes, {
        stats: (prefix) => stats.get(prefix),
        load: (prefix) => load.at(prefix, nowMs),
      }),
    }))
    return [...(here ? [here] : []), ...apart]
  }

  async close(): Promise<void> {
    for (const instance of this.#remotes.keys()) this.#forget(instance)
    await this.local?.close()
  }

  *#gateways(): Generator<RemoteGateway> {
    for (const { gateway } of this.#remotes.values()) yield gateway
  }

  #each(holds: (gateway: RemoteGateway) => boolean): boolean {
    return [...this.#gateways()].every(holds)
  }

  #wake(call: WaitingCall): void {
    for (const listener of this.#listeners) listener(call)
  }

  /** What a service printed that is gone by now would be found in the log of the next one of its name. */
  #write({ name, lines, droppedLines }: GatewayReport): void {
    for (const line of lines) if (this.#routes.versions(line.prefix)) this.#options.onLine(line)
    if (droppedLines > 0) this.#options.onDroppedLines(name, droppedLines)
  }

  /** A sign of life. */
  #sign(instance: string, name: string): Remote {
    const known = this.#remotes.get(instance)
    if (known) {
      known.silence.refresh()
      return known
    }
    const silence = setTimeout(() => this.#forget(instance), this.#lifeSignMs).unref()
    const remote = { gateway: new RemoteGateway(name), silence }
    this.#remotes.set(instance, remote)
    return remote
  }

  /** What it has added to the integrals stays. */
  #forget(instance: string): void {
    const remote = this.#remotes.get(instance)
    if (!remote) return
    clearTimeout(remote.silence)
    this.#remotes.delete(instance)
    const nowMs = performance.now()
    for (const prefix of remote.gateway.load.prefixes) {
      const versions = this.#routes.versions(prefix)
      if (!versions) continue
      const loads = [remote.gateway.load.at(prefix, nowMs)]
      this.#past.set(prefix, addLoads(versions, { loads, past: this.#past.get(prefix) }))
    }
    this.#changed.notify()
  }
}
