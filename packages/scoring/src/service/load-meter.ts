/** How busy a version is, summed over time, so that whoever looks rarely misses nothing in between. */

/** Of one version. */
export interface VersionLoad {
  /** Replicas with at least one call, integrated over the time since the route was set. Never falls. */
  busySeconds: number
  /** Waiting calls divided by `maxConcurrentPerReplica`, integrated alike. Never falls. */
  queuedSeconds: number
  /** Replicas with at least one call now. */
  busy: number
  /** Waiting calls divided by `maxConcurrentPerReplica`, now. */
  queued: number
  /** Replicas that take calls now. */
  readyReplicas: number
}

export class LoadMeter {
  readonly #now: () => number
  #sinceMs: number
  #busy = 0
  #queued = 0
  #busyMs = 0
  #queuedMs = 0

  /** `now` is monotonic, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#sinceMs = now()
  }

  /** From now on so many replicas are busy and so much waits. */
  set(busy: number, queued: number): void {
    if (busy === this.#busy && queued === this.#queued) return
    this.#advance()
    this.#busy = busy
    this.#queued = queued
  }

  read(): Omit<VersionLoad, 'readyReplicas'> {
    this.#advance()
    const [busySeconds, queuedSeconds] = [this.#busyMs / 1_000, this.#queuedMs / 1_000]
    return { busySeconds, queuedSeconds, busy: this.#busy, queued: this.#queued }
  }

  #advance(): void {
    const nowMs = this.#now()
    this.#busyMs += this.#busy * (nowMs - this.#sinceMs)
    this.#queuedMs += this.#queued * (nowMs - this.#sinceMs)
    this.#sinceMs = nowMs
  }
}
