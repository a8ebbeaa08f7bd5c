/** What every driver on this machine has in common: which replicas belong to which workload, and who hears of it. */
import { ApiError } from '@slipway/contract'
import type { ReplicaDriver, ReplicaStatus, Workload } from './driver.ts'
import { planReplicas } from './replica-plan.ts'

/** One replica, alive from its creation. */
export interface ManagedReplica {
  status(): ReplicaStatus
  /** Takes what its later starts and its stop go by; of the same id and generation. */
  update(workload: Workload): void
  /**
   * Ends it, and resolves when all it held is freed. Called again it gives the same promise, or tries again
   * after a failure.
   */
  stop(): Promise<void>
}

/** Starts a replica; `changed` is to be called after each change of its status. */
export type StartReplica = (workload: Workload, changed: () => void) => ManagedReplica

interface Kept {
  /** What was last asked for; undefined once removed. */
  workload: Workload | undefined
  /** Oldest first. */
  replicas: Map<string, ManagedReplica>
}

/** Keeps the promises of `ReplicaDriver` that are not about how a replica runs. */
export class ReplicaKeeper implements Omit<ReplicaDriver, 'kind' | 'capabilities'> {
  readonly #startReplica: StartReplica
  readonly #workloads = new Map<string, Kept>()
  readonly #listeners = new Set<(workloadId: string) => void>()
  #closing: Promise<void> | undefined

  constructor(startReplica: StartReplica) {
    this.#startReplica = startReplica
  }

  async apply(workload: Workload, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#closing) throw new ApiError('unavailable', `${workload.id} cannot run: the driver is closed`)
    const kept = this.#workloads.get(workload.id) ?? { workload, replicas: new Map() }
    this.#workloads.set(workload.id, kept)
    kept.workload = workload
    for (const replica of kept.replicas.values()) {
      if (replica.status().generation === workload.generation) replica.update(workload)
    }
    this.#carryOut(workload.id, kept)
  }

  async observe(id: string, signal: AbortSignal): Promise<ReplicaStatus[]> {
    signal.throwIfAborted()
    const kept = this.#workloads.get(id)
    return kept === undefined ? [] : statuses(kept)
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const kept = this.#workloads.get(id)
    if (kept === undefined) return
    kept.workload = undefined
    await untilAborted(this.#stopAll(id, kept), signal)
  }

  onChange(listener: (workloadId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#removeAll()
    return this.#closing
  }

  #carryOut(id: string, kept: Kept): void {
    const plan = planReplicas(kept.workload, statuses(kept))
    for (const replicaId of plan.stop) {
      // A replica that cannot be ended stays listed as stopping; removing its workload tries again and reports.
      this.#stop(id, kept, replicaId).catch(() => undefined)
    }
    for (let count = 0; count < plan.start && kept.workload; count++) this.#start(kept.workload, kept)
    this.#forgetIfGone(id, kept)
  }

  #start(workload: Workload, kept: Kept): void {
    const replica = this.#startReplica(workload, () => this.#notify(workload.id))
    kept.replicas.set(replica.status().id, replica)
    this.#notify(workload.id)
  }

  async #stopAll(id: string, kept: Kept): Promise<void> {
    const stops = [...kept.replicas.keys()].map((replicaId) => this.#stop(id, kept, replicaId))
    await settleAll(stops)
    this.#forgetIfGone(id, kept)
  }

  async #stop(id: string, kept: Kept, replicaId: string): Promise<void> {
    await kept.replicas.get(replicaId)?.stop()
    if (!kept.replicas.delete(replicaId)) return
    this.#forgetIfGone(id, kept)
    this.#notify(id)
  }

  async #removeAll(): Promise<void> {
    await settleAll([...this.#workloads].map(([id, kept]) => this.#stopAll(id, kept)))
    this.#listeners.clear()
  }

  #forgetIfGone(id: string, kept: Kept): void {
    const isGone = kept.workload === undefined && kept.replicas.size === 0
    if (isGone && this.#workloads.get(id) === kept) this.#workloads.delete(id)
  }

  #notify(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

function statuses(kept: Kept): ReplicaStatus[] {
  return [...kept.replicas.values()].map((replica) => replica.status())
}

/** Waits for all, then fails with what failed. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const errors = (await Promise.allSettled(work)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} replicas could not be ended`)
}

/** Ends the wait, not the work, when `signal` aborts. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
