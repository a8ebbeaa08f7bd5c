/** One script behind a gateway of its own: the ports, the workers, what they print, and the change to a new script. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ScoredCall } from '../service/exchange.ts'
import type { Gateway, ScoringLog } from '../gateway.ts'
import type { ServiceRoute } from '../service/service-route.ts'
import { PythonWorker } from './python-worker.ts'
import type { ScoreLog } from './score-log.ts'
import { ScriptWatcher } from './script-watcher.ts'
import type { ScoreServerSettings } from './settings.ts'
import { StartFailure, WorkerCrew } from './worker-crew.ts'

export interface ScoreServerOptions {
  settings: ScoreServerSettings
  launch: { python: string; env: Readonly<Record<string, string>> }
  workerMain: string
  version: string
  log: ScoreLog
}

/** As many as the kernel keeps for Azure's server. */
const maxQueueLength = 2_048
/** Azure's server lets calls wait without an end. */
const maxQueueWaitMs = 3_600_000

export class ScoreServer {
  readonly #options: ScoreServerOptions
  readonly #folder: string
  readonly #closing = new AbortController()
  #gateway: Gateway | undefined
  #crew: WorkerCrew
  /** Takes over when it is ready. */
  #nextCrew: WorkerCrew | undefined
  readonly #watcher: ScriptWatcher | undefined
  #hasServed = false
  #lastWorker = 0

  /** Starts the workers at once, so that they import the script while the rest of this program is loaded. */
  constructor(options: ScoreServerOptions) {
    this.#options = options
    this.#folder = mkdtempSync(path.join(tmpdir(), 'slipway-score-'))
    const { reload, entryScript, appRoot } = options.settings
    const folder = entryScript === undefined ? appRoot : path.dirname(entryScript)
    // Before the script is read for the first time: no change is missed.
    this.#watcher = reload ? new ScriptWatcher(folder, () => this.#reload()) : undefined
    this.#crew = this.#startCrew()
  }

  /** Opens the ports: health answers 503 and calls wait until a worker is ready. */
  async open(): Promise<{ port: number; healthPort: number }> {
    const { settings, version } = this.#options
    const { createGateway } = await import('../gateway.ts')
    const gateway = createGateway({
      serverVersion: version,
      showsVersion: settings.showsVersion,
      onScored: (call) => this.#access(call),
      onLog: (entry) => this.#print(entry),
      kill: (pid, signal) => void process.kill(pid, signal),
    })
    this.#gateway = gateway
    void this.#route()
    const { host, healthPort } = settings
    const { port } = await gateway.listen({ port: settings.port, host })
    if (healthPort === undefined) return { port, healthPort: port }
    return { port, healthPort: (await gateway.listen({ port: healthPort, host })).port }
  }

  /** Serves until `signal` aborts. Errors: StartFailure when the script cannot serve. */
  async serve(signal: AbortSignal): Promise<void> {
    const told = Promise.withResolvers<void>()
    if (signal.aborted) return
    signal.addEventListener('abort', () => told.resolve(), { once: true })
    // Ready is said once health says so too, which is when the gateway has found the workers.
    const ready = this.#crew.ready.then(() => this.#route()).then(() => this.#afterStart())
    await Promise.race([ready.then(() => told.promise), told.promise])
  }

  /** Lets running and waiting calls finish, ends the workers, leaves nothing behind. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the score server closes'))
    await (this.#hasServed ? this.#nextCrew : this.#crew)?.stop()
    await this.#watcher?.close()
    const closed = this.#gateway?.close()
    // Where no worker was ever ready, nobody will answer the calls that wait.
    if (this.#hasServed) await closed
    await this.#crew.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #afterStart(): void {
    this.#hasServed = true
    this.#say('I', `Scoring timeout is set to ${this.#options.settings.scoringTimeoutMs}`)
  }

  /** The new workers take over once all of them are ready; until then, and when one fails, the old ones serve. */
  async #reload(): Promise<void> {
    if (!(await this.#hasStarted())) return
    const crew = this.#startCrew()
    this.#nextCrew = crew
    try {
      await crew.ready
    } catch (error) {
      await crew.stop()
      if (!(error instanceof StartFailure)) throw error
      if (this.#closing.signal.aborted) return
      return this.#say('E', `the change is not served, the script of before still is:\n${error.message}`)
    } finally {
      this.#nextCrew = undefined
    }
    const old = this.#crew
    this.#crew = crew
    await this.#route()
    await old.stop()
    this.#say('I', 'the changed script is served')
  }

  async #hasStarted(): Promise<boolean> {
    const hasStarted = await this.#crew.ready.then(
      () => true,
      () => false,
    )
    return hasStarted && !this.#closing.signal.aborted
  }

  #startCrew(): WorkerCrew {
    const { settings } = this.#options
    const crew: WorkerCrew = new WorkerCrew({
      size: settings.workerCount,
      nextEndpoint: () => this.#nextEndpoint(),
      start: ({ socketPath }, events) => new PythonWorker({ ...this.#command(), socketPath }, events),
      onChange: () => {
        if (crew === this.#crew) void this.#route()
      },
      onStep: (step, pid) => this.#sayStep(step, pid),
      onPrint: (stream, text, pid) => this.#record(stream, { text, pid }),
      onLost: ({ how, failure }, delayMs) =>
        this.#say(
          'E',
          `a worker ended (${how}) and starts again in ${delayMs} ms${failure ? `: ${failure}` : ''}`,
        ),
      now: () => performance.now(),
    })
    return crew
  }

  #command(): {
    python: string
    env: Readonly<Record<string, string>>
    workerMain: string
    workingFolder: string
  } {
    const { launch, workerMain, settings } = this.#options
    return { ...launch, workerMain, workingFolder: settings.appRoot }
  }

  #nextEndpoint(): { id: string; socketPath: string } {
    this.#lastWorker += 1
    return {
      id: `worker-${this.#lastWorker}`,
      socketPath: path.join(this.#folder, `${this.#lastWorker}.sock`),
    }
  }

  /** Resolves once workers that are no longer meant have answered their calls, or the server closes. */
  async #route(): Promise<void> {
    try {
      await this.#gateway?.setRoute(this.#currentRoute(), this.#closing.signal)
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error
    }
  }

  #currentRoute(): ServiceRoute {
    const { settings } = this.#options
    return {
      prefix: '',
      service: settings.service,
      auth: { kind: 'none' },
      cors: settings.corsOrigins,
      versions: [
        {
          name: 'v1',
          isDefault: true,
          trafficPercent: 100,
          shadowPercent: 0,
          scoringTimeoutMs: settings.scoringTimeoutMs,
          timeoutStatus: 500,
          maxConcurrentPerReplica: 1,
          maxQueueWaitMs,
          maxQueueLength,
          maxColdStartMs: 0,
          scriptErrors: 'as-sent',
          replicas: this.#crew.endpoints,
        },
      ],
    }
  }

  #access({ method, url, status, elapsedMs, sizeBytes, requestId }: ScoredCall): void {
    const text = `${method} ${url} ${status} ${elapsedMs.toFixed(3)}ms ${sizeBytes ?? 'N/A'}`
    this.#options.log.recordSoon({ level: 'I', logger: 'azmlinfsrv', text, requestId })
  }

  #print({ replica, stream, text, requestId }: ScoringLog): void {
    this.#record(stream, { text, pid: this.#crew.pidOf(replica), requestId })
  }

  #record(
    stream: 'stdout' | 'stderr',
    words: { text: string; pid: number | undefined; requestId?: string | undefined },
  ): void {
    const { log } = this.#options
    if (stream === 'stderr') log.error({ level: 'E', logger: 'azmlinfsrv', ...words })
    else log.record({ level: 'I', logger: 'azmlinfsrv.print', ...words })
  }

  #sayStep(step: 'import' | 'init' | 'ready', pid: number | undefined): void {
    const { entryScript = 'main.py' } = this.#options.settings
    const texts = {
      import: `Importing user script ${entryScript}`,
      init: "Invoking user's init function",
      ready: "Users's init has completed successfully",
    }
    this.#options.log.record({ level: 'I', logger: 'azmlinfsrv.user_script', text: texts[step], pid })
  }

  #say(level: 'I' | 'E', text: string): void {
    this.#options.log.record({ level, logger: 'azmlinfsrv', text })
  }
}
