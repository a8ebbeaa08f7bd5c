/** The versions of one service: which of them gets a call, and how they come and go. */
import { orAborted } from './condition.ts'
import { Pool, type PoolOptions } from './pool.ts'
import type { VersionRoute } from './service-route.ts'
import type { MirroredCall } from './shadow.ts'
import { sharesOf, TrafficSplit } from './traffic-split.ts'

export class Versions {
  readonly #options: PoolOptions
  readonly #pools = new Map<string, Pool>()
  /** Those that were dropped and still answer calls. */
  readonly #draining = new Map<Pool, Promise<void>>()
  readonly #split = new TrafficSplit()
  #shadows: readonly Pool[] = []
  #default: Pool

  constructor(versions: readonly VersionRoute[], options: PoolOptions) {
    this.#options = options
    this.#default = this.#adopt(versions)
  }

  get default(): Pool {
    return this.#default
  }

  get all(): readonly Pool[] {
    return [...this.#pools.values()]
  }

  get hasMany(): boolean {
    return this.#pools.size > 1
  }

  /** Whether a version takes calls that requests go to without asking for it. */
  get takesCalls(): boolean {
    return (
      this.#default.takesCalls || this.all.some((pool) => pool.takesCalls && pool.version.trafficPercent > 0)
    )
  }

  get(name: string): Pool | undefined {
    return this.#pools.get(name)
  }

  /** The one whose turn it is. */
  next(): Pool {
    if (!this.hasMany) return this.#default
    return this.#pools.get(this.#split.next() ?? '') ?? this.#default
  }

  /** Lets shadows have their copies of a call that `answering` was given. */
  mirror(call: MirroredCall, answering: Pool, nextCallId: () => number): void {
    for (const pool of this.#shadows)
      if (pool !== answering) pool.shadow.offer(call, pool.version.shadowPercent, nextCallId)
  }

  set(versions: readonly VersionRoute[]): void {
    this.#default = this.#adopt(versions)
  }

  /** Resolves once every listed replica is connected and every dropped one has answered its calls. */
  async settled(signal: AbortSignal): Promise<void> {
    const drained = orAborted(Promise.all(this.#draining.values()), signal)
    await Promise.all([drained, ...this.all.map((pool) => pool.settled(signal))])
  }

  /** Resolves once every call is answered and every connection closed. */
  async close(): Promise<void> {
    await Promise.all([...this.#draining.values(), ...this.all.map((pool) => pool.close())])
  }

  /** Cuts every connection now; calls without an answer get 502 or 503. */
  abort(): void {
    for (const pool of [...this.#draining.keys(), ...this.all]) pool.abort()
  }

  /** Adds, changes and drops versions; the default one is returned. */
  #adopt(versions: readonly VersionRoute[]): Pool {
    const listed = new Map(versions.map((version) => [version.name, this.#open(version)]))
    for (const [name, pool] of this.#pools) if (!listed.has(name)) this.#drop(name, pool)
    this.#split.set(sharesOf(versions))
    this.#shadows = [...listed.values()].filter(({ version }) => version.shadowPercent > 0)
    const pool = [...listed.values()].find(({ version }) => version.isDefault)
    if (pool === undefined) throw new Error('one version of a service must be the default')
    return pool
  }

  #open(version: VersionRoute): Pool {
    const pool = this.#pools.get(version.name) ?? new Pool(version, this.#options)
    this.#pools.set(version.name, pool)
    pool.set(version)
    return pool
  }

  #drop(name: string, pool: Pool): void {
    this.#pools.delete(name)
    const closed = pool.close().then(() => void this.#draining.delete(pool))
    this.#draining.set(pool, closed)
  }
}
