/** A driver whose replicas are scripted, for tests of whoever plans against drivers. */
import type { DriverCapabilities, ReplicaDriver, ReplicaFailure, ReplicaStatus, Workload } from '../driver.ts'
import { ReplicaKeeper, type ManagedReplica } from '../replica-keeper.ts'

/** What a replica does when it is started. */
export type Behaviour =
  | { kind: 'ready'; endpoint?: { socketPath: string } }
  | { kind: 'failed'; failure: ReplicaFailure }
  | { kind: 'never-ready' }

export interface MemoryDriverOptions {
  /** What the next start does; `restarts` is 0 the first time. Default: ready. */
  behave?: (workload: Workload, restarts: number) => Behaviour
  /** Replaces some of the capabilities; by default everything but a gpu is there. */
  capabilities?: Partial<DriverCapabilities>
  /** Milliseconds since 1970; default the system's clock. */
  now?: () => number
}

/** Between starts that fail of a replica that was ready once. */
const pauseMs = 5

export interface MemoryDriver extends ReplicaDriver {
  /** Ends a replica as if its process had died; it is started again at once. Unknown ids are ignored. */
  crash(replicaId: string): void
  /** Ids of replicas that are not gone yet. */
  running(): string[]
}

/** A driver in memory. Replicas start and stop in the next microtask, so that every phase is seen. */
export function createMemoryDriver(options: MemoryDriverOptions = {}): MemoryDriver {
  const replicas = new Map<string, MemoryReplica>()
  let count = 0
  const keeper = new ReplicaKeeper((workload, changed) => {
    const id = `memory-${++count}`
    const gone = () => replicas.delete(id)
    const replica = new MemoryReplica({ id, workload, options, changed, gone })
    replicas.set(id, replica)
    return replica
  })
  return {
    kind: 'memory',
    capabilities: { ...everything, ...options.capabilities },
    apply: (workload, signal) => keeper.apply(workload, signal),
    observe: (id, signal) => keeper.observe(id, signal),
    remove: (id, signal) => keeper.remove(id, signal),
    onChange: (listener) => keeper.onChange(listener),
    close: () => keeper.close(),
    crash: (replicaId) => replicas.get(replicaId)?.crash(),
    running: () => [...replicas.keys()],
  }
}

const everything: DriverCapabilities = {
  replicas: true,
  gpu: false,
  memoryLimit: { enforced: true },
  cpuLimit: { enforced: true },
  isolation: { enforced: true },
}

interface MemoryReplicaOptions {
  id: string
  workload: Workload
  options: MemoryDriverOptions
  changed(): void
  gone(): void
}

class MemoryReplica implements ManagedReplica {
  readonly #options: MemoryReplicaOptions
  #workload: Workload
  #status: ReplicaStatus
  #everReady = false
  #timer: NodeJS.Timeout | undefined
  #stopped: Promise<void> | undefined

  constructor(options: MemoryReplicaOptions) {
    const { id, workload } = options
    this.#options = options
    this.#workload = workload
    this.#status = {
      id,
      workloadId: workload.id,
      generation: workload.generation,
      phase: 'starting',
      step: 'spawn',
      startedAt: this.#now(),
      restarts: 0,
    }
    this.#start()
  }

  status(): ReplicaStatus {
    return this.#status
  }

  update(workload: Workload): void {
    this.#workload = workload
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  crash(): void {
    this.#endLife({
      reason: 'Crashed',
      message: 'The scoring process ended (SIGKILL) by itself.',
      signal: 'SIGKILL',
    })
    this.#start()
  }

  #endLife(lastFailure: ReplicaFailure): void {
    const { endpoint: _, readyAt: __, ...rest } = this.#status
    this.#replace({
      ...rest,
      phase: 'starting',
      step: 'spawn',
      restarts: rest.restarts + 1,
      startedAt: this.#now(),
      lastFailure,
    })
  }

  #start(): void {
    const { behave } = this.#options.options
    const behaviour = behave?.(this.#workload, this.#status.restarts) ?? { kind: 'ready' }
    queueMicrotask(() => {
      if (this.#stopped === undefined) this.#behave(behaviour)
    })
  }

  #behave(behaviour: Behaviour): void {
    const { step: _, ...rest } = this.#status
    switch (behaviour.kind) {
      case 'ready': {
        this.#everReady = true
        const endpoint = behaviour.endpoint ?? { socketPath: `/memory/${rest.id}.sock` }
        return this.#replace({ ...rest, phase: 'ready', endpoint, readyAt: this.#now() })
      }
      case 'failed':
        if (this.#everReady) return this.#startLater(behaviour.failure)
        return this.#replace({ ...rest, phase: 'failed', step: 'init', failure: behaviour.failure })
      case 'never-ready':
        return this.#replace({ ...rest, phase: 'starting', step: 'init' })
    }
  }

  #startLater(failure: ReplicaFailure): void {
    this.#endLife(failure)
    this.#timer = setTimeout(() => this.#start(), pauseMs)
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer)
    const { endpoint: _, ...rest } = this.#status
    this.#replace({ ...rest, phase: 'stopping' })
    await Promise.resolve()
    this.#options.gone()
  }

  #replace(status: ReplicaStatus): void {
    this.#status = status
    this.#options.changed()
  }

  #now(): string {
    return new Date(this.#options.options.now?.() ?? Date.now()).toISOString()
  }
}
