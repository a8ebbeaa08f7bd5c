/** One replica on this machine: runs a worker, starts it again after each end, and says how it is. */
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogSink, ReplicaFailure, ReplicaStatus, Workload } from '../driver.ts'
import type { ManagedReplica } from '../replica-keeper.ts'
import { describeExit, explainEnd, type WorkerEnd } from './exit-failure.ts'
import { replicaPaths, type ReplicaPaths } from './replica-paths.ts'
import { decideRestart, freshRestartState } from './restart-policy.ts'
import { WorkerRun, type RunOptions } from './worker-run.ts'

export interface ProcessReplicaOptions extends Pick<RunOptions, 'workerMain' | 'cores' | 'limits'> {
  id: string
  runDir: string
  workload: Workload
  logSink: LogSink
  /** Milliseconds since 1970. */
  now(): number
  changed(): void
}

/** Why a life of the worker ended, and where it was. */
interface Ending {
  failure: ReplicaFailure
  step: WorkerEnd['step']
}

export class ProcessReplica implements ManagedReplica {
  readonly #options: ProcessReplicaOptions
  readonly #paths: ReplicaPaths
  readonly #stopping = new AbortController()
  readonly #life: Promise<void>
  #workload: Workload
  #run: WorkerRun | undefined
  #readySinceMs: number | undefined
  #status: ReplicaStatus
  #stopped: Promise<void> | undefined

  constructor(options: ProcessReplicaOptions) {
    const { id, workload, now } = options
    this.#options = options
    this.#workload = workload
    this.#paths = replicaPaths(options.runDir, id)
    this.#status = {
      id,
      workloadId: workload.id,
      generation: workload.generation,
      phase: 'starting',
      step: 'spawn',
      startedAt: isoTime(now()),
      restarts: 0,
    }
    this.#life = this.#live()
  }

  status(): ReplicaStatus {
    return this.#status
  }

  update(workload: Workload): void {
    this.#workload = workload
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end().catch((error: unknown) => {
      this.#stopped = undefined
      throw error
    })
    return this.#stopped
  }

  /** Runs the worker until it is stopped, or not worth another start. */
  async #live(): Promise<void> {
    let state = freshRestartState
    while (!this.#stopping.signal.aborted) {
      const { failure, step } = await this.#runOnce()
      if (this.#stopping.signal.aborted) return
      const decision = decideRestart(state, this.#readyForMs())
      if (decision.kind === 'give-up') return this.#fail(failure, step)
      state = decision.state
      this.#startAgain(failure, decision.delayMs)
      await delay(decision.delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #runOnce(): Promise<Ending> {
    this.#readySinceMs = undefined
    try {
      // Two lives at once would share a folder, a socket and a limit.
      await this.#run?.free()
      this.#run = this.#begin()
      const end = await this.#run.ended
      return { failure: explainEnd(end), step: end.step }
    } catch (error) {
      const message = `What is left of the replica cannot be ended: ${(error as Error).message}.`
      return { failure: { reason: 'StartFailed', message }, step: 'spawn' }
    }
  }

  #begin(): WorkerRun {
    const { id, workerMain, cores, limits, logSink } = this.#options
    const workload = this.#workload
    return new WorkerRun({
      workload,
      replicaId: id,
      paths: this.#paths,
      workerMain,
      cores,
      limits,
      onStep: (step, pid) => this.#moveTo(step, pid),
      onLine: (stream, text) => logSink({ workloadId: workload.id, replicaId: id, stream, text }),
    })
  }

  #moveTo(step: WorkerEnd['step'], pid: number | undefined): void {
    if (step === 'ready') return this.#becomeReady(pid)
    if (step === 'spawn') this.#log(`process ${pid ?? '(none)'} started`)
    this.#change({ step, ...(pid !== undefined && { pid }) })
  }

  #becomeReady(pid: number | undefined): void {
    const nowMs = this.#options.now()
    this.#readySinceMs = nowMs
    if (this.#stopping.signal.aborted) return
    this.#log(`ready after ${nowMs - Date.parse(this.#status.startedAt)} ms`)
    this.#replace({
      ...this.#identity(),
      phase: 'ready',
      endpoint: { socketPath: this.#paths.socket },
      ...(pid !== undefined && { pid }),
      readyAt: isoTime(nowMs),
    })
  }

  #fail(failure: ReplicaFailure, step: WorkerEnd['step']): void {
    this.#log(`failed: ${failure.reason}: ${failure.message}`)
    this.#replace({ ...this.#identity(), phase: 'failed', ...(step !== 'ready' && { step }), failure })
  }

  #startAgain(failure: ReplicaFailure, delayMs: number): void {
    this.#log(`ended (${describeExit(failure)}): ${failure.reason}; starting again in ${delayMs} ms`)
    this.#replace({
      ...this.#identity(),
      phase: 'starting',
      step: 'spawn',
      lastFailure: failure,
      restarts: this.#status.restarts + 1,
      startedAt: isoTime(this.#options.now() + delayMs),
    })
  }

  async #end(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort()
      const { pid } = this.#status
      this.#replace({ ...this.#identity(), phase: 'stopping', ...(pid !== undefined && { pid }) })
      this.#run?.stop(this.#workload.stopGraceMs)
    }
    await this.#life
    await this.#run?.free()
    await rm(this.#paths.root, { recursive: true, force: true, maxRetries: 3 })
    this.#log('stopped')
  }

  #readyForMs(): number | undefined {
    return this.#readySinceMs === undefined ? undefined : this.#options.now() - this.#readySinceMs
  }

  /** What stays when the phase changes. */
  #identity(): Omit<ReplicaStatus, 'phase'> {
    const { id, workloadId, generation, startedAt, restarts, lastFailure } = this.#status
    return { id, workloadId, generation, startedAt, restarts, ...(lastFailure && { lastFailure }) }
  }

  #change(change: Partial<ReplicaStatus>): void {
    if (this.#status.phase === 'starting') this.#replace({ ...this.#status, ...change })
  }

  #replace(status: ReplicaStatus): void {
    this.#status = status
    this.#options.changed()
  }

  #log(text: string): void {
    const { id, logSink } = this.#options
    logSink({ workloadId: this.#workload.id, replicaId: id, stream: 'system', text })
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
