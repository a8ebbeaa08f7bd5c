/** The replicas of one version and the calls that wait for them. */
import { Condition } from './condition.ts'
import { LoadMeter, type VersionLoad } from './load-meter.ts'
import { movingAverage } from './moving-average.ts'
import { ReplicaRoster } from './replica-roster.ts'
import type { Replica, ReplicaDescription, ReplicaEvents, ScoringCall } from './replica.ts'
import { busyReply, type Reply, texts } from '../http/replies.ts'
import type { ReplicaEndpoint, VersionRoute } from './service-route.ts'
import type { VersionStats } from './service-stats.ts'
import { Shadow } from './shadow.ts'
import { WaitQueue } from './wait-queue.ts'

export interface PoolOptions {
  /** Name of the service in messages. */
  service(): string
  /** `version` is read for every call, so that a changed setting holds from the next one on. */
  openReplica(endpoint: ReplicaEndpoint, events: ReplicaEvents, version: () => VersionRoute): Replica
  onLog(entry: Parameters<ReplicaEvents['log']>[0]): void
  /** Calls begin to wait while no replica of the version is ready. */
  onStarving(version: string): void
  /** Monotonic milliseconds. */
  now(): number
}

const longestRetrySeconds = 60

export class Pool {
  /** Receives copies of calls that other versions answer. */
  readonly shadow = new Shadow((copy) => this.submit(copy))
  readonly #options: PoolOptions
  readonly #queue: WaitQueue
  readonly #meter: LoadMeter
  readonly #replicas = new Map<string, Replica>()
  readonly #roster = new ReplicaRoster()
  readonly #condition = new Condition()
  readonly #answered = new Map<number, number>()
  #version: VersionRoute
  #isConverging = false
  #isClosed = false
  #isStarving = false
  #abandoned = 0
  #refused = 0
  #lostReplicas = 0
  #redispatched = 0
  #runUs = 0
  #averageRunUs: number | undefined

  constructor(version: VersionRoute, options: PoolOptions) {
    this.#options = options
    this.#version = version
    this.#queue = new WaitQueue(options.now, (call) => this.#refuseLate(call))
    this.#meter = new LoadMeter(options.now)
  }

  get version(): VersionRoute {
    return this.#version
  }

  get isReady(): boolean {
    return this.#roster.ready > 0
  }

  /** Ready, or at rest: then the next call wakes it and is held until it is ready. */
  get takesCalls(): boolean {
    const { replicas, maxColdStartMs } = this.#version
    return this.isReady || (replicas.length === 0 && maxColdStartMs > 0)
  }

  /** Turns 5xx replies of the worker into 502. */
  get rewritesServerErrors(): boolean {
    return this.#version.scriptErrors === 'bad-gateway'
  }

  /** What the ready replicas say about their script; undefined while none is ready. */
  get description(): ReplicaDescription | undefined {
    return this.#all().find((replica) => replica.isReady)?.description
  }

  get stats(): VersionStats {
    return {
      answered: Object.fromEntries(this.#answered),
      abandoned: this.#abandoned,
      refused: this.#refused,
      queued: this.#queue.length,
      inFlight: this.#all().reduce((sum, replica) => sum + replica.inFlight, 0),
      readyReplicas: this.#roster.ready,
      lostReplicas: this.#lostReplicas,
      redispatched: this.#redispatched,
      runMs: this.#runUs / 1_000,
      shadow: this.shadow.stats,
    }
  }

  get load(): VersionLoad {
    return { ...this.#meter.read(), readyReplicas: this.#roster.ready }
  }

  /** Hands the call to a free replica or lets it wait for one; refuses it when too many wait. */
  submit(call: ScoringCall): void {
    const replica = this.#queue.length === 0 ? this.#pick() : undefined
    if (replica !== undefined) return this.#send(replica, call)
    if (this.#isClosed || this.#queue.length >= this.#version.maxQueueLength) return this.#refuse(call)
    this.#queue.push(call, this.#maxWaitMs())
    this.#measure()
  }

  /** The client has left: a waiting call gives up its place, a running one runs to its end. */
  abandon(call: ScoringCall): void {
    this.#abandoned += 1
    this.#queue.remove(call)
    this.#measure()
    this.#condition.notify()
  }

  record(reply: Reply): void {
    this.#answered.set(reply.status, (this.#answered.get(reply.status) ?? 0) + 1)
    if (reply.status === 503 && !reply.isFromWorker) this.#refused += 1
    if (reply.runUs === undefined) return
    this.#runUs += reply.runUs
    this.#averageRunUs = movingAverage(this.#averageRunUs, reply.runUs)
  }

  /** Makes settings and replicas as given; see Gateway.setRoute. */
  set(version: VersionRoute): void {
    this.#version = version
    this.#converge()
  }

  /** Resolves once the replicas are those of the newest settings. */
  async settled(signal: AbortSignal): Promise<void> {
    await this.#condition.until(() => this.#isSettled(), signal)
  }

  /** Resolves once every call is answered and every connection closed. */
  async close(): Promise<void> {
    await this.#condition.until(() => this.#queue.length === 0)
    this.#isClosed = true
    for (const replica of this.#all()) replica.retire()
    await this.#condition.until(() => this.#all().every((replica) => replica.isClosed))
    this.#condition.notify()
  }

  /** Cuts every connection now; calls without an answer get 502 or 503. */
  abort(): void {
    this.#isClosed = true
    for (const replica of this.#all()) replica.close()
    for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift()) this.#refuse(call)
    this.#condition.notify()
  }

  #refuseLate(call: ScoringCall): void {
    this.#refuse(call)
    this.#measure()
    this.#condition.notify()
  }

  #all(): Replica[] {
    return [...this.#replicas.values()]
  }

  #isSettled(): boolean {
    if (this.#isClosed) return this.#all().every((replica) => replica.isClosed)
    return this.#unlisted().length === 0 && this.#isEveryListedReady()
  }

  #unlisted(): Replica[] {
    const listed = new Set(this.#version.replicas.map((endpoint) => endpoint.id))
    return this.#all().filter((replica) => !listed.has(replica.id))
  }

  #isEveryListedReady(): boolean {
    return this.#version.replicas.every((endpoint) => this.#replicas.get(endpoint.id)?.isReady === true)
  }

  /** Connects what is new, retires what is no longer wanted once the new is there, forgets what is closed. */
  #converge(): void {
    // Retiring an idle replica reports a change at once, which must not start this again in its middle.
    if (this.#isConverging) return
    this.#isConverging = true
    for (const endpoint of this.#version.replicas) this.#open(endpoint)
    this.#retireUnlisted()
    this.#isConverging = false
    for (const replica of this.#all()) this.#roster.update(replica)
    this.#dispatch()
    this.#measure()
    this.#condition.notify()
  }

  #retireUnlisted(): void {
    const isNewReady = this.#isEveryListedReady()
    // While the one of before stays, one worker would count as two replicas.
    const neededSockets = new Set(this.#version.replicas.map((endpoint) => endpoint.socketPath))
    for (const replica of this.#unlisted()) {
      if (isNewReady || !replica.isReady || neededSockets.has(replica.socketPath)) replica.retire()
      if (replica.isClosed) this.#replicas.delete(replica.id)
    }
  }

  /** One that was retired and is listed again still answers its calls, closes, and only then is opened anew. */
  #open(endpoint: ReplicaEndpoint): void {
    const known = this.#replicas.get(endpoint.id)
    if (this.#isClosed || (known !== undefined && !known.isClosed)) return
    const events: ReplicaEvents = {
      freed: () => this.#free(replica),
      changed: () => this.#change(replica),
      lost: () => (this.#lostReplicas += 1),
      returned: (calls) => this.#takeBack(calls),
      log: this.#options.onLog,
    }
    const replica = this.#options.openReplica(endpoint, events, () => this.#version)
    this.#replicas.set(endpoint.id, replica)
  }

  #send(replica: Replica, call: ScoringCall): void {
    replica.send(call)
    this.#roster.update(replica)
    this.#measure()
  }

  #free(replica: Replica): void {
    this.#roster.update(replica)
    this.#dispatch()
    this.#measure()
  }

  /** Also one that has been replaced under its id counts down. */
  #change(replica: Replica): void {
    this.#roster.update(replica)
    this.#converge()
  }

  #takeBack(calls: ScoringCall[]): void {
    const wanted = calls.filter((call) => !call.isSettled)
    // Its replicas take no more: nobody would come for them.
    if (this.#isClosed) return wanted.forEach((call) => this.#refuse(call))
    this.#redispatched += wanted.length
    this.#queue.putBack(wanted, this.#maxWaitMs())
    this.#dispatch()
    this.#measure()
  }

  #dispatch(): void {
    if (this.#queue.length === 0) return
    for (let replica = this.#pick(); replica !== undefined; replica = this.#pick()) {
      const call = this.#queue.shift()
      if (call === undefined) break
      this.#send(replica, call)
    }
    if (this.#queue.length === 0) this.#condition.notify()
  }

  #pick(): Replica | undefined {
    return this.#roster.pick(companyOf(this.#averageRunUs))
  }

  /** Looks at how busy the version is, and whether anything can be done for calls that wait. */
  #measure(): void {
    const waiting = this.#queue.length
    this.#meter.set(this.#roster.busy, waiting / this.#version.maxConcurrentPerReplica)
    const isStarving = waiting > 0 && this.#roster.ready === 0
    if (isStarving === this.#isStarving) return
    this.#isStarving = isStarving
    if (isStarving) this.#options.onStarving(this.#version.name)
  }

  /** A version scaled to zero first has to start a replica. */
  #maxWaitMs(): number {
    const { replicas, maxColdStartMs, maxQueueWaitMs } = this.#version
    return replicas.length === 0 ? Math.max(maxColdStartMs, maxQueueWaitMs) : maxQueueWaitMs
  }

  #refuse(call: ScoringCall): void {
    const service = this.#options.service()
    const { ready } = this.#roster
    if (ready === 0) return call.answer(busyReply(texts.noReplicas(service)))
    call.answer(busyReply(texts.overloaded(service), this.#secondsUntilFree(ready)))
  }

  /** When those that wait now will have been served, as far as the runs of before tell. */
  #secondsUntilFree(ready: number): number {
    const seconds = Math.ceil((this.#queue.length * (this.#averageRunUs ?? 0)) / ready / 1e6)
    return Math.min(longestRetrySeconds, Math.max(1, seconds))
  }
}

/** To wake a worker that sleeps takes about as long; a call that can begin sooner behind others is better off there. */
const wakeUs = 100
/** What a worker does for a call beside its run. */
const callUs = 10

/** Calls that may be with a replica so that one more joins them, although others are idle. */
function companyOf(averageRunUs: number | undefined): number {
  return averageRunUs === undefined ? 0 : Math.floor(wakeUs / (averageRunUs + callUs))
}
