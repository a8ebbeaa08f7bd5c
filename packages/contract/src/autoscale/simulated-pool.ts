/** Replicas and waiting requests of a simulated version, with the gateway's rules of who waits, for how long, and who is refused. */
import type { EventQueue } from './event-queue.ts'

export interface PoolLimits {
  startSeconds: number
  maxConcurrentPerReplica: number
  maxWaitSeconds: number
  maxColdStartSeconds: number
  maxQueueLength: number
}

interface Call {
  arrivedSeconds: number
  runSeconds: number
  isWaiting: boolean
}

interface SimulatedReplica {
  isReady: boolean
  isDropped: boolean
  /** Handed over and not answered; the first one runs. */
  calls: Call[]
}

/** Integrals over the time that has passed. */
export interface PoolAreas {
  /** Busy replicas, and waiting requests as if a replica had them. */
  load: number
  busy: number
  wanted: number
}

export class SimulatedPool {
  readonly #events: EventQueue
  readonly #limits: PoolLimits
  /** Oldest first. */
  readonly #replicas: SimulatedReplica[] = []
  readonly #queue: Call[] = []
  readonly #areas: PoolAreas = { load: 0, busy: 0, wanted: 0 }
  #areasUntilSeconds = 0
  #busy = 0
  readonly waitSeconds: number[] = []
  readonly refused = { queueFull: 0, waitedTooLong: 0 }

  constructor(events: EventQueue, limits: PoolLimits) {
    this.#events = events
    this.#limits = limits
  }

  /** No request runs or waits. */
  get isIdle(): boolean {
    return this.#busy === 0 && this.#queue.length === 0
  }

  get areas(): PoolAreas {
    this.#advance()
    return { ...this.#areas }
  }

  /** Starts replicas, or drops the newest ones, which still answer what they have. */
  want(count: number, startSeconds = this.#limits.startSeconds): void {
    this.#advance()
    for (const dropped of this.#replicas.splice(count)) dropped.isDropped = true
    while (this.#replicas.length < count) this.#start(startSeconds)
  }

  submit(runSeconds: number): void {
    this.#advance()
    const call = { arrivedSeconds: this.#events.nowSeconds, runSeconds, isWaiting: true }
    const { maxQueueLength, maxWaitSeconds, maxColdStartSeconds } = this.#limits
    const isCold = !this.#replicas.some((replica) => replica.isReady)
    this.#queue.push(call)
    this.#dispatch()
    if (!call.isWaiting) return
    if (this.#queue.length > maxQueueLength) return this.#refuse(call, 'queueFull')
    const wait = isCold ? Math.max(maxColdStartSeconds, maxWaitSeconds) : maxWaitSeconds
    this.#events.plan(call.arrivedSeconds + wait, () => {
      if (call.isWaiting) this.#refuse(call, 'waitedTooLong')
    })
  }

  #start(startSeconds: number): void {
    const replica: SimulatedReplica = { isReady: false, isDropped: false, calls: [] }
    this.#replicas.push(replica)
    this.#events.plan(this.#events.nowSeconds + startSeconds, () => {
      this.#advance()
      replica.isReady = !replica.isDropped
      this.#dispatch()
    })
  }

  #dispatch(): void {
    for (let replica = this.#pick(); replica !== undefined; replica = this.#pick()) {
      const call = this.#queue.shift()
      if (call === undefined) return
      call.isWaiting = false
      if (replica.calls.push(call) > 1) continue
      this.#busy += 1
      this.#run(replica, call)
    }
  }

  #pick(): SimulatedReplica | undefined {
    let best: SimulatedReplica | undefined
    for (const replica of this.#replicas) {
      const { length } = replica.calls
      const hasRoom = replica.isReady && length < this.#limits.maxConcurrentPerReplica
      if (hasRoom && (best === undefined || length < best.calls.length)) best = replica
    }
    return best
  }

  #run(replica: SimulatedReplica, call: Call): void {
    const { nowSeconds } = this.#events
    this.waitSeconds.push(nowSeconds - call.arrivedSeconds)
    this.#events.plan(nowSeconds + call.runSeconds, () => {
      this.#advance()
      replica.calls.shift()
      const [next] = replica.calls
      if (next === undefined) this.#busy -= 1
      else this.#run(replica, next)
      this.#dispatch()
    })
  }

  #refuse(call: Call, why: keyof SimulatedPool['refused']): void {
    this.#advance()
    call.isWaiting = false
    this.#queue.splice(this.#queue.indexOf(call), 1)
    this.refused[why] += 1
  }

  #advance(): void {
    const { nowSeconds } = this.#events
    const passedSeconds = nowSeconds - this.#areasUntilSeconds
    const waiting = this.#queue.length / this.#limits.maxConcurrentPerReplica
    this.#areas.load += (this.#busy + waiting) * passedSeconds
    this.#areas.busy += this.#busy * passedSeconds
    this.#areas.wanted += this.#replicas.length * passedSeconds
    this.#areasUntilSeconds = nowSeconds
  }
}
