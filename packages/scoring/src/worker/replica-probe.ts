/** Finds out whether an idle worker still answers: one that does not, several times in a row, is dead. */
import type { ProbeSettings } from '../service/service-route.ts'

/** How soon it is seen that a service is to be probed from now on. */
const settingsCheckMs = 10_000

export interface ReplicaProbeOptions {
  /** Read before each ping; undefined: nothing is probed. */
  settings(): ProbeSettings | undefined
  /** A worker that has calls is not asked: their time is watched. */
  isIdle(): boolean
  /** Another gateway may have it busy, for as long as a stream takes: then its silence says nothing. */
  isShared(): boolean
  ping(id: number): void
  /** It has answered as often as it has to before it is given calls. */
  onAlive(): void
  /** It does not answer; it is not asked again until `start`. */
  onDead(reason: string): void
}

/** One timer: until the next ping, or until the answer to the last one is overdue. */
export class ReplicaProbe {
  readonly #options: ReplicaProbeOptions
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  #awaitedId: number | undefined
  #neededPongs = 0
  #misses = 0

  constructor(options: ReplicaProbeOptions) {
    this.#options = options
  }

  /** The worker is connected and has said that it is ready, which counts as its first answer. */
  start(): void {
    const settings = this.#options.settings()
    this.#misses = 0
    this.#awaitedId = undefined
    this.#neededPongs = (settings?.successThreshold ?? 1) - 1
    if (this.#neededPongs > 0) return this.#ask()
    this.#options.onAlive()
    this.#after(settings?.initialDelayMs ?? settingsCheckMs, () => this.#ask())
  }

  /** The worker is gone. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  pong(id: number): void {
    if (id !== this.#awaitedId) return
    this.#awaitedId = undefined
    this.#misses = 0
    this.#askLater()
    if (this.#neededPongs === 0) return
    this.#neededPongs -= 1
    if (this.#neededPongs === 0) this.#options.onAlive()
  }

  #ask(): void {
    const { settings, isIdle, ping } = this.#options
    const probe = settings()
    if (probe === undefined || !isIdle()) return this.#askLater()
    this.#lastId += 1
    this.#awaitedId = this.#lastId
    this.#after(probe.timeoutMs, () => this.#miss(probe))
    ping(this.#lastId)
  }

  #askLater(): void {
    this.#after(this.#options.settings()?.periodMs ?? settingsCheckMs, () => this.#ask())
  }

  #miss({ failureThreshold, successThreshold, timeoutMs, periodMs }: ProbeSettings): void {
    this.#awaitedId = undefined
    this.#misses = this.#options.isShared() ? 0 : this.#misses + 1
    if (this.#neededPongs > 0) this.#neededPongs = successThreshold
    if (this.#misses >= failureThreshold)
      return this.#options.onDead(`pings in a row without an answer within ${timeoutMs} ms: ${this.#misses}`)
    this.#after(Math.max(0, periodMs - timeoutMs), () => this.#ask())
  }

  #after(delayMs: number, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, delayMs).unref()
  }
}
