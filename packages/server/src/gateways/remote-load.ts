/** How busy the versions of services are in one gateway that runs apart, between and beyond its reports. */
import type { GatewayReport } from '@slipway/contract'
import type { VersionLoad } from '@slipway/scoring'

type Reported = GatewayReport['loads'][string][string]

interface Track {
  /** As reported last. */
  last: Reported
  /** Busy and queued per second, as of the last report. */
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
  #clockMs: number | undefined

  /** Takes a report in; a version that it leaves out has been idle since the one before. */
  take({ loads, clockMs }: Pick<GatewayReport, 'loads' | 'clockMs'>, nowMs: number): void {
    const periodMs = this.#clockMs === undefined ? 0 : clockMs - this.#clockMs
    this.#clockMs = clockMs
    for (const [prefix, tracks] of this.#tracks) {
      for (const [version, track] of tracks) if (!loads[prefix]?.[version]) rest(track, nowMs)
    }
    for (const [prefix, versions] of Object.entries(loads)) {
      const tracks = this.#tracks.get(prefix) ?? new Map<string, Track>()
      this.#tracks.set(prefix, tracks)
      for (const [version, load] of Object.entries(versions)) {
        tracks.set(version, next(tracks.get(version), { load, periodMs, nowMs }))
      }
    }
  }

  /** What is known of the service at `prefix`, by version. */
  at(prefix: string, nowMs: number): Record<string, VersionLoad> {
    const tracks = [...(this.#tracks.get(prefix) ?? [])]
    return Object.fromEntries(tracks.map(([version, track]) => [version, loadOf(track, nowMs)]))
  }

  forget(prefix: string): void {
    this.#tracks.delete(prefix)
  }

  get prefixes(): string[] {
    return [...this.#tracks.keys()]
  }
}

interface Step {
  load: Reported
  periodMs: number
  nowMs: number
}

function next(track: Track | undefined, { load, periodMs, nowMs }: Step): Track {
  if (!track || periodMs <= 0) {
    const { busy: busyRate, queued: queuedRate } = load
    return { last: load, busyRate, queuedRate, busySeconds: 0, queuedSeconds: 0, atMs: nowMs }
  }
  const { busySeconds, queuedSeconds } = loadOf(track, nowMs)
  const rate = (seconds: number, before: number) => Math.max(0, ((seconds - before) * 1_000) / periodMs)
  return {
    last: load,
    busyRate: rate(load.busySeconds, track.last.busySeconds),
    queuedRate: rate(load.queuedSeconds, track.last.queuedSeconds),
    busySeconds,
    queuedSeconds,
    atMs: nowMs,
  }
}

function rest(track: Track, nowMs: number): void {
  const { busySeconds, queuedSeconds } = loadOf(track, nowMs)
  const last = { ...track.last, busy: 0, queued: 0 }
  Object.assign(track, { last, busySeconds, queuedSeconds, busyRate: 0, queuedRate: 0, atMs: nowMs })
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
