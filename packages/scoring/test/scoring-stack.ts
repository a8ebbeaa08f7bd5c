/** Real workers behind a real gateway, for tests: everything started here is ended by `close`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ReplicaEndpoint,
  type ScoringLog,
  type ServiceRoute,
  type VersionRoute,
  type VersionStats,
} from '../src/index.ts'

const workerMain = path.resolve(import.meta.dirname, '../../../python/worker/main.py')

export const prefix = '/api/v1/service/demo'

export interface WorkerOptions {
  python?: string
  env?: Readonly<Record<string, string>>
}

/** The events that a worker wrote on its control channel. */
export type WorkerEvent = { event: string } & Readonly<Record<string, unknown>>

export interface RunningWorker {
  endpoint: ReplicaEndpoint
  process: ChildProcess
  events: WorkerEvent[]
  /** Resolves with the exit status or signal. */
  ended: Promise<number | string>
}

export class ScoringStack {
  readonly gateway: Gateway
  readonly logs: ScoringLog[] = []
  readonly #folder: string
  readonly #workers: RunningWorker[] = []
  #port = 0
  #lastReplica = 0

  private constructor(folder: string, options: Partial<GatewayOptions>) {
    this.#folder = folder
    this.gateway = createGateway({
      onLog: (entry) => this.logs.push(entry),
      kill: (pid, signal) => process.kill(pid, signal),
      ...options,
    })
  }

  static async open(options: Partial<GatewayOptions> = {}): Promise<ScoringStack> {
    const stack = new ScoringStack(await mkdtemp(path.join(tmpdir(), 'scoring-')), options)
    const { port } = await stack.gateway.listen({ port: 0, host: '127.0.0.1' })
    stack.#port = port
    return stack
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** What a version of the service has done. */
  stats(version = 'v1'): VersionStats | undefined {
    return this.gateway.stats(prefix)?.versions[version]
  }

  /** Starts a worker and waits until it is ready, or has ended. */
  async startWorker(script: string, options: WorkerOptions = {}): Promise<RunningWorker> {
    const id = `replica-${(this.#lastReplica += 1)}`
    const folder = path.join(this.#folder, id)
    await mkdir(folder)
    await writeFile(path.join(folder, 'score.py'), script)
    return await this.#spawn({ id, socketPath: path.join(folder, 'w.sock') }, options)
  }

  /** Starts the same script on the same socket again, as a driver does after a crash. */
  async restartWorker({ endpoint }: RunningWorker, id = endpoint.id): Promise<RunningWorker> {
    return await this.#spawn({ ...endpoint, id }, {})
  }

  async #spawn(
    endpoint: ReplicaEndpoint,
    { python = 'python3', env = {} }: WorkerOptions,
  ): Promise<RunningWorker> {
    const app = path.dirname(endpoint.socketPath)
    const child = spawn(python, ['-u', workerMain, '--socket', endpoint.socketPath, '--control-fd', '3'], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { PATH: process.env.PATH, AML_APP_ROOT: app, AZUREML_ENTRY_SCRIPT: 'score.py', ...env },
    })
    const ended = once(child, 'close').then(
      ([code, signal]: unknown[]) => (code ?? signal) as number | string,
    )
    const events: WorkerEvent[] = []
    const worker = { endpoint, process: child, events, ended }
    this.#workers.push(worker)
    const lines = createInterface(child.stdio[3] as Readable)
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        const event = JSON.parse(line) as WorkerEvent
        events.push(event)
        if (event.event === 'ready') resolve()
      })
    })
    await Promise.race([ready, ended])
    return worker
  }

  /** Sets the route to these workers and waits until it holds. */
  async route(workers: readonly RunningWorker[], settings: RouteSettings = {}): Promise<void> {
    await this.gateway.setRoute(
      aRoute({ replicas: workers.map((each) => each.endpoint), ...settings }),
      AbortSignal.timeout(20_000),
    )
  }

  async post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return await fetch(`${this.origin}${prefix}/score`, { method: 'POST', body, headers })
  }

  async close(): Promise<void> {
    await this.gateway.close()
    for (const worker of this.#workers) worker.process.kill('SIGKILL')
    await Promise.all(this.#workers.map((worker) => worker.ended))
    await rm(this.#folder, { recursive: true })
  }
}

/** Settings of a route, and of its only version unless it lists `versions`. */
export type RouteSettings = Partial<ServiceRoute> & Partial<VersionRoute>

export function aRoute(settings: RouteSettings = {}): ServiceRoute {
  const { prefix: at, service, auth, cors, versions, ...version } = settings
  return {
    prefix: at ?? prefix,
    service: service ?? 'demo',
    auth: auth ?? { kind: 'none' },
    cors: cors ?? [],
    versions: versions ?? [aVersion(version)],
  }
}

export function aVersion(settings: Partial<VersionRoute> = {}): VersionRoute {
  return {
    name: 'v1',
    isDefault: true,
    trafficPercent: 0,
    shadowPercent: 0,
    scoringTimeoutMs: 60_000,
    maxConcurrentPerReplica: 1,
    maxQueueWaitMs: 5_000,
    maxQueueLength: 1_000,
    maxColdStartMs: 0,
    replicas: [],
    ...settings,
  }
}

/** Resolves once `isTrue`; looks again after every turn of the event loop, until the test's own deadline. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}
