/** The workers that run one state of the script: started together, and again whenever one dies. */
import type { ReplicaEndpoint } from '../service/service-route.ts'
import type { PythonWorker, WorkerEnd, WorkerEvents } from './python-worker.ts'

export interface CrewOptions {
  size: number
  /** Starts a worker that binds the socket of `endpoint`. */
  start(endpoint: ReplicaEndpoint, events: WorkerEvents): PythonWorker
  /** Another id for each start of a worker, and a free place for its socket. */
  nextEndpoint(): ReplicaEndpoint
  /** A worker became ready, or one that was ready has ended: `endpoints` are others now. */
  onChange(): void
  onStep(step: 'import' | 'init' | 'ready', pid: number | undefined): void
  onPrint(stream: 'stdout' | 'stderr', text: string, pid: number | undefined): void
  /** One has ended that should not, and is started again after `delayMs`. */
  onLost(end: WorkerEnd, delayMs: number): void
  /** Monotonic milliseconds. */
  now(): number
}

/** The script cannot serve; the message is its traceback, or how its process ended. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
}

const firstDelayMs = 10
const longestDelayMs = 5_000
const steadyAfterMs = 60_000
const killAfterMs = 30_000

interface Member {
  endpoint: ReplicaEndpoint
  worker: PythonWorker
  /** Monotonic milliseconds; undefined: it is not ready yet. */
  readySinceMs: number | undefined
}

export class WorkerCrew {
  /** Resolves once every worker has been ready; rejects with StartFailure when one ends before, or all are stopped. */
  readonly ready: Promise<void>
  readonly #options: CrewOptions
  readonly #members = new Set<Member>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #start = Promise.withResolvers<void>()
  readonly #gone = Promise.withResolvers<void>()
  #hasStarted = false
  #isStopping = false
  /** Of workers, in a row, none of which served for long; each makes the next start wait longer. */
  #ends = 0

  constructor(options: CrewOptions) {
    this.#options = options
    this.ready = this.#start.promise
    // Whoever does not wait for it still hears of it by `stop`.
    this.ready.catch(() => undefined)
    for (let started = 0; started < options.size; started += 1) this.#startOne()
  }

  /** Those that take calls. */
  get endpoints(): ReplicaEndpoint[] {
    return [...this.#members]
      .filter(({ readySinceMs }) => readySinceMs !== undefined)
      .map(({ endpoint }) => endpoint)
  }

  pidOf(id: string): number | undefined {
    return [...this.#members].find(({ endpoint }) => endpoint.id === id)?.worker.pid
  }

  /** Lets every worker finish its call; kills what is left after 30 s, or at once where nothing was ready yet. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#start.reject(new StartFailure('stopped'))
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#members.size === 0) return
    for (const { worker, readySinceMs } of this.#members) {
      if (readySinceMs !== undefined) worker.stop()
      else worker.kill()
    }
    const deadline = setTimeout(() => this.#killAll(), killAfterMs)
    await this.#gone.promise
    clearTimeout(deadline)
  }

  #killAll(): void {
    for (const { worker } of this.#members) worker.kill()
  }

  #startOne(): void {
    const endpoint = this.#options.nextEndpoint()
    const { onStep, onPrint } = this.#options
    const worker: PythonWorker = this.#options.start(endpoint, {
      onStep: (step) => onStep(step, worker.pid),
      onReady: () => this.#onReady(member),
      onPrint: (stream, text) => onPrint(stream, text, worker.pid),
      onEnd: (end) => this.#onEnd(member, end),
    })
    const member: Member = { endpoint, worker, readySinceMs: undefined }
    this.#members.add(member)
  }

  #onReady(member: Member): void {
    if (this.#isStopping) return member.worker.stop()
    member.readySinceMs = this.#options.now()
    this.#options.onStep('ready', member.worker.pid)
    this.#options.onChange()
    if (this.endpoints.length < this.#options.size) return
    this.#hasStarted = true
    this.#start.resolve()
  }

  #onEnd(member: Member, end: WorkerEnd): void {
    this.#members.delete(member)
    if (this.#isStopping) {
      if (this.#members.size === 0) this.#gone.resolve()
      return
    }
    const { readySinceMs } = member
    if (!this.#hasStarted && readySinceMs === undefined)
      return this.#start.reject(new StartFailure(end.failure ?? end.how))
    if (readySinceMs !== undefined) this.#options.onChange()
    if (readySinceMs !== undefined && this.#options.now() - readySinceMs > steadyAfterMs) this.#ends = 0
    this.#startLater(end)
  }

  #startLater(end: WorkerEnd): void {
    const delayMs = this.#ends === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#ends - 1))
    this.#ends += 1
    this.#options.onLost(end, delayMs)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#startOne()
    }, delayMs)
    this.#timers.add(timer)
  }
}
