/** Runs the autoscaler over a trace: the same decisions as in service, on replicas that are only counted. */
import {
  type AutoscaleDecision,
  type AutoscalePolicy,
  type AutoscaleState,
  decide,
  samplesPerPeriod,
  wake,
} from './decide.ts'
import { EventQueue } from './event-queue.ts'
import { SimulatedPool } from './simulated-pool.ts'
import type { Arrival } from './trace.ts'

export interface SimulationOptions {
  /** From the decision to start a replica until it takes requests. */
  startSeconds: number
  /** What each decision looks back over. Default 1. */
  refreshSeconds?: number
  /** Replicas at the beginning, all ready. Default the least that the policy allows. */
  initialReplicas?: number
  /** Requests handed to one replica at a time; it works on one. Default 1. */
  maxConcurrentPerReplica?: number
  /** Longest that a request waits for a replica with room. Default 0.5. */
  maxWaitSeconds?: number
  /** Longest that it waits while no replica is ready. Default 300. */
  maxColdStartSeconds?: number
  /** Requests that may wait. Default 1000. */
  maxQueueLength?: number
}

export interface Simulation {
  requests: number
  served: number
  refused: { queueFull: number; waitedTooLong: number }
  /** From the arrival of a served request to the beginning of its run. */
  waitSeconds: { p50: number; p95: number; p99: number; max: number }
  /** Every change of the wanted number of replicas, with its arithmetic. */
  decisions: { timeSeconds: number; replicas: number; reason: string }[]
  mostReplicas: number
  /** Wanted replicas, summed over time: what the load costs. */
  replicaSeconds: number
  /** Part of these in which a replica was busy. */
  utilization: number
  /** Until the last request was answered and the least number of replicas was left. */
  durationSeconds: number
}

const defaults = {
  refreshSeconds: 1,
  maxConcurrentPerReplica: 1,
  maxWaitSeconds: 0.5,
  maxColdStartSeconds: 300,
  maxQueueLength: 1_000,
}

/** The same trace, policy and options give the same result. The arrivals are in the order of time. */
export function simulate(
  trace: readonly Arrival[],
  policy: AutoscalePolicy,
  options: SimulationOptions,
): Simulation {
  const simulator = new Simulator(trace, policy, { ...defaults, ...options })
  return simulator.run()
}

class Simulator {
  readonly #trace: readonly Arrival[]
  readonly #policy: AutoscalePolicy
  readonly #refreshSeconds: number
  readonly #events = new EventQueue()
  readonly #pool: SimulatedPool
  readonly #decisions: Simulation['decisions'] = []
  #state: AutoscaleState
  #arrived = 0
  #mostReplicas: number
  /** Sums of the load at the decisions of the last period, oldest first. */
  #loads: readonly number[] = [0]
  #isOver = false

  constructor(
    trace: readonly Arrival[],
    policy: AutoscalePolicy,
    options: SimulationOptions & typeof defaults,
  ) {
    this.#trace = trace
    this.#policy = policy
    this.#refreshSeconds = options.refreshSeconds
    this.#pool = new SimulatedPool(this.#events, options)
    const replicas = options.initialReplicas ?? policy.minReplicas
    this.#pool.want(replicas, 0)
    this.#state = { replicas }
    this.#mostReplicas = replicas
  }

  run(): Simulation {
    this.#planArrival()
    this.#planDecision()
    while (!this.#isOver) this.#events.step()
    return this.#result()
  }

  #planArrival(): void {
    const arrival = this.#trace[this.#arrived]
    if (arrival === undefined) return
    this.#events.plan(arrival.timeSeconds, () => {
      this.#arrived += 1
      if (this.#state.replicas === 0) this.#follow(wake(this.#policy, this.#state))
      this.#pool.submit(arrival.runSeconds)
      this.#planArrival()
    })
  }

  /** The last one is when nothing is left to do and as few replicas as may be. */
  #planDecision(): void {
    this.#events.plan(this.#events.nowSeconds + this.#refreshSeconds / samplesPerPeriod, () => {
      const { load } = this.#pool.areas
      const [first = load] = this.#loads
      const isFull = this.#loads.length === samplesPerPeriod
      this.#loads = [...this.#loads.slice(1 - samplesPerPeriod), load]
      if (isFull) this.#decide((load - first) / this.#refreshSeconds)
      if (!this.#isOver) this.#planDecision()
    })
  }

  #decide(busy: number): void {
    this.#follow(decide(this.#policy, this.#state, { busy, nowMs: this.#events.nowSeconds * 1_000 }))
    const isDone = this.#arrived === this.#trace.length && this.#pool.isIdle
    this.#isOver = isDone && this.#state.replicas <= this.#policy.minReplicas
  }

  #follow({ reason, ...state }: AutoscaleDecision): void {
    const { replicas } = state
    const hasChanged = replicas !== this.#state.replicas
    this.#state = state
    if (!hasChanged) return
    this.#decisions.push({ timeSeconds: this.#events.nowSeconds, replicas, reason })
    this.#mostReplicas = Math.max(this.#mostReplicas, replicas)
    this.#pool.want(replicas)
  }

  #result(): Simulation {
    const { areas, refused, waitSeconds } = this.#pool
    const waits = Float64Array.from(waitSeconds).sort()
    return {
      requests: this.#trace.length,
      served: waits.length,
      refused,
      waitSeconds: {
        p50: percentile(waits, 0.5),
        p95: percentile(waits, 0.95),
        p99: percentile(waits, 0.99),
        max: percentile(waits, 1),
      },
      decisions: this.#decisions,
      mostReplicas: this.#mostReplicas,
      replicaSeconds: areas.wanted,
      utilization: areas.wanted === 0 ? 0 : areas.busy / areas.wanted,
      durationSeconds: this.#events.nowSeconds,
    }
  }
}

/** The smallest of the sorted values that so many of them do not exceed; 0 when there are none. */
function percentile(sorted: Float64Array, part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
}
