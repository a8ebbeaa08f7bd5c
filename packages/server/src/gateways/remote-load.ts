/** How busy the versions of services are in one gateway that runs apart, between and beyond its reports. */
import type { GatewayReport } from '@slipway/contract'
import type { VersionLoad } from '@slipway/scoring'

type Reported = GatewayReport['loads'][string][string]

/** Of a shorter time no rate is taken: reports may follow each other at once, when something happens. */
const shortestPeriodMs = 250

interface Track {
  /** What was reported last. */
  last: Reported
  /** What was reported when the rates were taken. */
  base: Reported
  /** Busy and queued replicas since then. */
  busyRate: number
  queuedRate: number
  /** Integrals up to `atMs`, counted since this gateway became known. */
  busySeconds: number
  queuedSeconds: number
  atMs: number
}

/**
 * Reports come now and then, while loads are sampled at any time: between two of them the last rate holds. So the
 * integrals grow evenly, and what a gateway did before it was known, or while it was away, does not come all at once.
 */
export class RemoteLoad {
  readonly #tracks = new Map<string, Map<string, Track>>()
  /** Clock of the gateway when the rates were taken. */
  #clockMs: number | undefined

  get prefixes(): string[] {
    return [...this.#tracks.keys()]
  }

  /** Takes a report in; what it leaves out is as it was. */
  take({ loads, clockMs }: Pick<GatewayReport, 'loads' | 'clockMs'>, nowMs: number): void {
    const known = new Set([...this.#tracks.values()].flatMap((versions) => [...versions.values()]))
    for (const [prefix, versions] of Object.entries(loads)) {
      this.#keep(prefix, versions)
      for (const [version, load] of Object.entries(versions)) this.#note({ prefix, version, load, nowMs })
    }
    const periodMs = clockMs - (this.#clockMs ?? clockMs)
    if (this.#clockMs !== undefined && periodMs < shortestPeriodMs) return
    this.#clockMs = clockMs
    if (periodMs > 0) for (const track of known) takeRates(track, { periodMs, nowMs })
  }

  /** What is known of the service at `prefix`, by version. */
  at(prefix: string, nowMs: number): Record<string, VersionLoad> {
    const tracks = [...(this.#tracks.get(prefix) ?? [])]
    return Object.fromEntries(tracks.map(([version, track]) => [version, loadOf(track, nowMs)]))
  }

  forget(prefix: string): void {
    this.#tracks.delete(prefix)
  }

  /** What is told of a service names all its versions: the others are gone. */
  #keep(prefix: string, versions: GatewayReport['loads'][string]): void {
    const known = this.#tracks.get(prefix)
    for (const version of known?.keys() ?? []) if (!(version in versions)) known?.delete(version)
  }

  /** Of one that is new only how busy it is now can be said. */
  #note({
    prefix,
    version,
    load,
    nowMs,
  }: {
    prefix: string
    version: string
    load: Reported
    nowMs: number
  }): void {
    const versions = this.#tracks.get(prefix) ?? new Map<string, Track>()
    this.#tracks.set(prefix, versions)
    const known = versions.get(version)
    if (known) {
      known.last = load
      return
    }
    const rates = { busyRate: load.busy, queuedRate: load.queued }
    versions.set(version, { last: load, base: load, ...rates, busySeconds: 0, queuedSeconds: 0, atMs: nowMs })
  }
}

function takeRates(track: Track, { periodMs, nowMs }: { periodMs: number; nowMs: number }): void {
  const { last, base } = track
  const { busySeconds, queuedSeconds } = loadOf(track, nowMs)
  const rate = (seconds: number, before: number) => Math.max(0, ((seconds - before) * 1_000) / periodMs)
  track.busyRate = rate(last.busySeconds, base.busySeconds)
  track.queuedRate = rate(last.queuedSeconds, base.queuedSeconds)
  Object.assign(track, { base: last, busySeconds, queuedSeconds, atMs: nowMs })
}

function loadOf({ last, busyRate, queuedRate, ...track }: Track, nowMs: number): VersionLoad {
  const seconds = Math.max(0, nowMs - track.atMs) / 1_000
  return {
    busySeconds: track.busySeconds + busyRate * seconds,
    queuedSeconds: track.queuedSeconds + queuedRate * seconds,
    busy: last.busy,
    queued: last.queued,
    readyReplicas: last.readyReplicas,
  }
}
