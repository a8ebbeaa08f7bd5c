/** The replicas of one service and the calls that wait for them. */
import { Condition } from './condition.ts'
import type { Replica, ReplicaDescription, ReplicaEvents, ScoringCall } from './replica.ts'
import { busyReply, type Reply, texts } from './replies.ts'
import type { ReplicaEndpoint, ServiceAuth, ServiceRoute } from './service-route.ts'
import type { ServiceStats } from './service-stats.ts'
import { WaitQueue } from './wait-queue.ts'

export interface PoolOptions {
  openReplica(endpoint: ReplicaEndpoint, events: ReplicaEvents): Replica
  onLog(entry: Parameters<ReplicaEvents['log']>[0]): void
  /** Monotonic milliseconds. */
  now(): number
}

export class Pool {
  readonly #options: PoolOptions
  readonly #queue: WaitQueue
  readonly #replicas = new Map<string, Replica>()
  readonly #condition = new Condition()
  readonly #answered = new Map<number, number>()
  #route: ServiceRoute
  #isConverging = false
  #isClosed = false
  #abandoned = 0
  #lostReplicas = 0
  #redispatched = 0
  #runUs = 0

  constructor(route: ServiceRoute, options: PoolOptions) {
    this.#options = options
    this.#route = route
    this.#queue = new WaitQueue(options.now, (call) => this.#refuseLate(call))
  }

  get route(): ServiceRoute {
    return this.#route
  }

  get isReady(): boolean {
    return this.#all().some((replica) => replica.isReady)
  }

  /** What the ready replicas say about their script; undefined while none is ready. */
  get description(): ReplicaDescription | undefined {
    return this.#all().find((replica) => replica.isReady)?.description
  }

  get stats(): ServiceStats {
    const replicas = this.#all()
    return {
      answered: Object.fromEntries(this.#answered),
      abandoned: this.#abandoned,
      queued: this.#queue.length,
      inFlight: replicas.reduce((sum, replica) => sum + replica.inFlight, 0),
      readyReplicas: replicas.filter((replica) => replica.isReady).length,
      lostReplicas: this.#lostReplicas,
      redispatched: this.#redispatched,
      runMs: this.#runUs / 1_000,
    }
  }

  /** Hands the call to a free replica or lets it wait for one; refuses it when too many wait. */
  submit(call: ScoringCall): void {
    const replica = this.#queue.length === 0 ? this.#pick() : undefined
    if (replica !== undefined) return replica.send(call)
    if (this.#isClosed || this.#queue.length >= this.#route.maxQueueLength)
      return call.answer(this.#refusal())
    this.#queue.push(call, this.#route.maxQueueWaitMs)
  }

  /** The client has left: a waiting call gives up its place, a running one runs to its end. */
  abandon(call: ScoringCall): void {
    this.#abandoned += 1
    this.#queue.remove(call)
    this.#condition.notify()
  }

  record(reply: Reply): void {
    this.#answered.set(reply.status, (this.#answered.get(reply.status) ?? 0) + 1)
    this.#runUs += reply.runUs ?? 0
  }

  /** Resolves once the replicas are those of the newest route; see Gateway.setRoute. */
  async setRoute(route: ServiceRoute, signal: AbortSignal): Promise<void> {
    this.#route = route
    this.#converge()
    await this.#condition.until(() => this.#isSettled(), signal)
  }

  /** Who may call, from the next request on. */
  setAuth(auth: ServiceAuth): void {
    this.#route = { ...this.#route, auth }
  }

  /** Resolves once every call is answered and every connection closed. */
  async close(): Promise<void> {
    await this.#condition.until(() => this.#queue.length === 0)
    this.#isClosed = true
    for (const replica of this.#all()) replica.retire()
    await this.#condition.until(() => this.#all().every((replica) => replica.isClosed))
  }

  /** Cuts every connection now; calls without an answer get 502 or 503. */
  abort(): void {
    this.#isClosed = true
    for (const replica of this.#all()) replica.close()
    for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift())
      call.answer(this.#refusal())
    this.#condition.notify()
  }

  #refuseLate(call: ScoringCall): void {
    call.answer(this.#refusal())
    this.#condition.notify()
  }

  #all(): Replica[] {
    return [...this.#replicas.values()]
  }

  #isSettled(): boolean {
    if (this.#isClosed) return true
    return this.#unlisted().length === 0 && this.#isEveryListedReady()
  }

  #unlisted(): Replica[] {
    const listed = new Set(this.#route.replicas.map((endpoint) => endpoint.id))
    return this.#all().filter((replica) => !listed.has(replica.id))
  }

  #isEveryListedReady(): boolean {
    return this.#route.replicas.every((endpoint) => this.#replicas.get(endpoint.id)?.isReady === true)
  }

  /** Connects what is new, retires what is no longer wanted once the new is there, forgets what is closed. */
  #converge(): void {
    // Retiring an idle replica reports a change at once, which must not start this again in its middle.
    if (this.#isConverging) return
    this.#isConverging = true
    for (const endpoint of this.#route.replicas) this.#open(endpoint)
    this.#retireUnlisted()
    this.#isConverging = false
    this.#dispatch()
    this.#condition.notify()
  }

  #retireUnlisted(): void {
    const isNewReady = this.#isEveryListedReady()
    // A worker talks to one replica at a time: while the one of before stays, the listed one never becomes ready.
    const neededSockets = new Set(this.#route.replicas.map((endpoint) => endpoint.socketPath))
    for (const replica of this.#unlisted()) {
      if (isNewReady || !replica.isReady || neededSockets.has(replica.socketPath)) replica.retire()
      if (replica.isClosed) this.#replicas.delete(replica.id)
    }
  }

  /** One that was retired and is listed again still answers its calls, closes, and only then is opened anew. */
  #open(endpoint: ReplicaEndpoint): void {
    const known = this.#replicas.get(endpoint.id)
    if (this.#isClosed || (known !== undefined && !known.isClosed)) return
    this.#replicas.set(
      endpoint.id,
      this.#options.openReplica(endpoint, {
        freed: () => this.#dispatch(),
        changed: () => this.#converge(),
        lost: () => (this.#lostReplicas += 1),
        returned: (calls) => this.#takeBack(calls),
        log: this.#options.onLog,
      }),
    )
  }

  #takeBack(calls: ScoringCall[]): void {
    const wanted = calls.filter((call) => !call.isSettled)
    this.#redispatched += wanted.length
    this.#queue.putBack(wanted, this.#route.maxQueueWaitMs)
    this.#dispatch()
  }

  #dispatch(): void {
    if (this.#queue.length === 0) return
    for (let replica = this.#pick(); replica !== undefined; replica = this.#pick()) {
      const call = this.#queue.shift()
      if (call === undefined) break
      replica.send(call)
    }
    if (this.#queue.length === 0) this.#condition.notify()
  }

  /** The replica with the fewest calls among those that have room. */
  #pick(): Replica | undefined {
    let best: Replica | undefined
    for (const replica of this.#replicas.values())
      if (replica.freeSlots > 0 && (best === undefined || replica.inFlight < best.inFlight)) best = replica
    return best
  }

  #refusal(): Reply {
    const { service } = this.#route
    return busyReply(this.isReady ? texts.overloaded(service) : texts.noReplicas(service))
  }
}
