/** Watches how busy versions are, and decides how many replicas they should have. */
import {
  decide,
  samplesPerPeriod,
  wake,
  type AutoscalePolicy,
  type AutoscaleSettings,
  type AutoscaleState,
  type ScalingDecision,
} from '@slipway/contract'
import type { VersionLoad } from '@slipway/scoring'
import { pathPrefix, placeOfPrefix } from './service-document.ts'

/** A service among those of all workspaces. */
export interface Place {
  workspace: string
  name: string
}

export interface AutoscalerOptions {
  /** Load of each version, summed over all gateways; undefined for a service that no gateway knows yet. */
  load(prefix: string): Readonly<Record<string, VersionLoad>> | undefined
  /** Keeps a decision, which the next look carries out. Errors: it could not be kept, and is made again. */
  keep(place: Place, version: string, decision: ScalingDecision): Promise<void>
  onError(error: unknown, place: Place): void
  now(): Date
  /** Monotonic milliseconds. */
  clock(): number
  /** Time for which fewer replicas must have been enough before any goes. Default 60,000. */
  scaleDownDelayMs?: number
}

export interface WatchedVersion {
  name: string
  policy: AutoscaleSettings
  /** Replicas wanted when the watch begins; from then on the decisions count. */
  replicas: number
}

export interface Autoscaler {
  /** From now on exactly these versions of a service are watched. */
  watch(place: Place, versions: readonly WatchedVersion[]): void
  /** A request waits for a version that has no replica: one is wanted at once. An unknown version is ignored. */
  wake(prefix: string, version: string): void
  /** The arithmetic of the last sample of a version; undefined before the first. */
  lastSample(place: Place, version: string): string | undefined
  close(): void
}

const defaultScaleDownDelayMs = 60_000

export function createAutoscaler(options: AutoscalerOptions): Autoscaler {
  const services = new Map<string, Map<string, VersionScaler>>()
  const find = (place: Place, version: string) => services.get(pathPrefix(place))?.get(version)
  return {
    watch(place, versions) {
      const prefix = pathPrefix(place)
      const known = services.get(prefix) ?? new Map<string, VersionScaler>()
      const names = new Set(versions.map(({ name }) => name))
      for (const [name, scaler] of known) if (!names.has(name)) scaler.close()
      const now = versions.map((version) => {
        const scaler = known.get(version.name) ?? new VersionScaler(options, place, version)
        scaler.follow(version.policy)
        return [version.name, scaler] as const
      })
      if (now.length === 0) services.delete(prefix)
      else services.set(prefix, new Map(now))
    },
    wake: (prefix, version) => find(placeOfPrefix(prefix), version)?.wake(),
    lastSample: (place, version) => find(place, version)?.lastSample,
    close() {
      for (const scalers of services.values()) for (const scaler of scalers.values()) scaler.close()
      services.clear()
    },
  }
}

/** Sums of a load at one moment. */
interface Reading {
  replicaSeconds: number
  atMs: number
}

class VersionScaler {
  readonly #options: AutoscalerOptions
  readonly #place: Place
  readonly #version: string
  #policy: AutoscalePolicy | undefined
  #state: AutoscaleState
  /** Those of the last period, oldest first. */
  #readings: readonly Reading[] = []
  #timer: NodeJS.Timeout | undefined
  #periodMs = 0
  /** A decision is being kept; the next one waits for that. */
  #isKeeping = false
  #kept: Promise<void> = Promise.resolve()
  lastSample: string | undefined

  constructor(options: AutoscalerOptions, place: Place, { name, replicas }: WatchedVersion) {
    this.#options = options
    this.#place = place
    this.#version = name
    this.#state = { replicas }
  }

  follow({ minReplicas, maxReplicas, refreshSeconds, targetUtilization }: AutoscaleSettings): void {
    const { scaleDownDelayMs = defaultScaleDownDelayMs } = this.#options
    this.#policy = { minReplicas, maxReplicas, targetUtilization: targetUtilization / 100, scaleDownDelayMs }
    if (this.#periodMs === refreshSeconds * 1000) return
    this.#periodMs = refreshSeconds * 1000
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#sample(), this.#periodMs / samplesPerPeriod)
    this.#readings = []
    this.#read()
    // A request may have begun to wait before anybody watched.
    if (this.#load()?.queued) this.wake()
  }

  wake(): void {
    void this.#kept.then(() => {
      if (this.#policy && this.#timer) this.#take(wake(this.#policy, this.#state))
    })
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sample(): void {
    const busy = this.#read()
    if (!this.#policy || busy === undefined) return
    const decision = decide(this.#policy, this.#state, { busy, nowMs: this.#options.clock() })
    this.lastSample = decision.reason
    this.#take(decision)
  }

  /** Mean of busy replicas over the last period; undefined before there was one. */
  #read(): number | undefined {
    const load = this.#load()
    if (!load) {
      this.#readings = []
      return undefined
    }
    const reading = { replicaSeconds: load.busySeconds + load.queuedSeconds, atMs: this.#options.clock() }
    this.#readings = [...this.#readings.slice(-samplesPerPeriod), reading]
    return this.#readings.length > samplesPerPeriod ? meanOf(this.#readings) : undefined
  }

  #load(): VersionLoad | undefined {
    return this.#options.load(pathPrefix(this.#place))?.[this.#version]
  }

  #take({ reason, ...next }: AutoscaleState & { reason: string }): void {
    const from = this.#state.replicas
    if (next.replicas === from) {
      this.#state = next
      return
    }
    if (!this.#isKeeping) this.#kept = this.#keep(next, { from, reason })
  }

  /** Never rejects. */
  async #keep(next: AutoscaleState, { from, reason }: { from: number; reason: string }): Promise<void> {
    const before = this.#state
    this.#isKeeping = true
    this.#state = next
    const at = this.#options.now().toISOString()
    try {
      await this.#options.keep(this.#place, this.#version, { at, from, to: next.replicas, reason })
    } catch (error) {
      this.#state = before
      this.#options.onError(error, this.#place)
    } finally {
      this.#isKeeping = false
    }
  }
}

/** A gateway that begins anew counts from zero again: that takes nothing back. */
function meanOf(readings: readonly Reading[]): number | undefined {
  const steps = readings.slice(1).map((reading, index) => {
    const before = readings[index] ?? reading
    return {
      replicaSeconds: Math.max(0, reading.replicaSeconds - before.replicaSeconds),
      ms: reading.atMs - before.atMs,
    }
  })
  const ms = steps.reduce((sum, step) => sum + step.ms, 0)
  const replicaSeconds = steps.reduce((sum, step) => sum + step.replicaSeconds, 0)
  return ms > 0 ? (replicaSeconds * 1000) / ms : undefined
}
