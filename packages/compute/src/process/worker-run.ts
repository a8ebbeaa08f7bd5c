/** One life of a worker: from laying out its files to the end of its last process. */
import { access, constants, mkdir } from 'node:fs/promises'
import type { Workload } from '../driver.ts'
import { layOutApp } from './app-folder.ts'
import type { ControlEvent } from './control-event.ts'
import type { WorkerEnd } from './exit-failure.ts'
import type { HostLimits } from './host-limits.ts'
import { commandOf, environmentOf, type LaunchOptions } from './launch.ts'
import { writeRecord } from './leftovers.ts'
import { killMarked } from './process-tree.ts'
import { ReplicaCgroup } from './replica-cgroup.ts'
import type { ReplicaPaths } from './replica-paths.ts'
import { WorkerProcess } from './worker-process.ts'

export interface RunOptions {
  workload: Workload
  replicaId: string
  paths: ReplicaPaths
  workerMain: string
  cores: number
  limits: HostLimits
  onStep(step: WorkerEnd['step'], pid: number | undefined): void
  onLine(stream: 'stdout' | 'stderr', text: string): void
}

const tailLines = 40
/** Between the signal that makes Python print where it is, and the kill. */
const dumpMs = 500
/** A worker that said it failed exits by itself, unless a thread of the script holds it back. */
const exitMs = 1_000
/** A capped address space also holds mapped files and thread stacks, which use no memory. */
const addressSpaceSlackBytes = 1024 ** 3

export class WorkerRun {
  /** How it ended; everything but the replica's folder is freed then. Never before `stop` when all is well. */
  readonly ended: Promise<WorkerEnd>
  readonly #options: RunOptions
  readonly #cgroup: ReplicaCgroup
  readonly #tail: string[] = []
  #worker: WorkerProcess | undefined
  #step: WorkerEnd['step'] = 'spawn'
  #failed: WorkerEnd['failed']
  #timedOut = false
  #stopped = false
  #exited = false
  #killTimer: NodeJS.Timeout | undefined

  constructor(options: RunOptions) {
    this.#options = options
    this.#cgroup = new ReplicaCgroup(options.limits.cgroups, options.replicaId)
    this.ended = this.#live()
  }

  /** Asks the worker to finish its call and end, and kills it and its children after `graceMs`. */
  stop(graceMs: number): void {
    this.#stopped = true
    this.#endWith('SIGTERM', graceMs)
  }

  /** Ends what may be left after `ended` was rejected. Does nothing otherwise. */
  async free(): Promise<void> {
    await this.#cgroup.close()
  }

  async #live(): Promise<WorkerEnd> {
    try {
      await this.#prepare()
    } catch (error) {
      await this.#cgroup.close()
      return this.#describe({ startError: startErrorOf(error) }, 0)
    }
    if (this.#stopped) {
      await this.#cgroup.close()
      return this.#describe({}, 0)
    }
    return this.#runProcess()
  }

  async #prepare(): Promise<void> {
    const { workload, paths } = this.#options
    await mkdir(paths.root, { recursive: true, mode: 0o700 })
    await writeRecord(paths, this.#cgroup.dirs)
    await layOutApp(workload.bundle, paths)
    await access(workload.bundle.python, constants.X_OK)
    await this.#cgroup.open(workload.limits)
  }

  async #runProcess(): Promise<WorkerEnd> {
    const { workload, paths } = this.#options
    const launch = this.#launchOptions()
    const worker = new WorkerProcess(
      { ...commandOf(workload, launch), cwd: paths.app, env: environmentOf(workload, launch) },
      { onEvent: (event) => this.#hear(event), onLine: (stream, text) => this.#print(stream, text) },
    )
    this.#worker = worker
    this.#options.onStep('spawn', worker.pid)
    const timer = setTimeout(() => this.#timeOut(), workload.initTimeoutMs)
    const exit = await worker.exited
    this.#exited = true
    clearTimeout(timer)
    clearTimeout(this.#killTimer)
    const oomKills = await this.#cgroup.oomKills()
    await this.#endTree(worker)
    return this.#describe(exit, oomKills)
  }

  #launchOptions(): LaunchOptions {
    const { paths, workerMain, cores, limits, workload } = this.#options
    const { memoryBytes } = workload.limits
    const isCapped = memoryBytes !== undefined && limits.memory.by === 'rlimit'
    return {
      paths,
      workerMain,
      cores,
      procsFiles: this.#cgroup.procsFiles,
      ...(isCapped && { addressSpaceBytes: memoryBytes + addressSpaceSlackBytes }),
    }
  }

  #hear(event: ControlEvent): void {
    switch (event.event) {
      case 'starting':
        return
      case 'importing':
        return this.#moveTo('import')
      case 'init':
        return this.#moveTo('init')
      case 'ready':
        return this.#moveTo('ready')
      case 'failed':
        this.#failed = event
        this.#printLines('stderr', event.traceback)
        return this.#killIn(exitMs)
      case 'log':
        this.#printLines(event.stream, event.text)
    }
  }

  #printLines(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return
    for (const line of text.replace(/\n$/, '').split('\n')) this.#print(stream, line)
  }

  #moveTo(step: WorkerEnd['step']): void {
    if (this.#timedOut) return
    this.#step = step
    this.#options.onStep(step, this.#worker?.pid)
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    if (stream === 'stderr' && this.#tail.push(text) > tailLines) this.#tail.shift()
    this.#options.onLine(stream, text)
  }

  /** SIGABRT makes the worker's faulthandler print where the script hangs. */
  #timeOut(): void {
    if (this.#step === 'ready' || this.#stopped) return
    this.#timedOut = true
    this.#endWith('SIGABRT', dumpMs)
  }

  #endWith(name: NodeJS.Signals, graceMs: number): void {
    const worker = this.#worker
    if (worker === undefined) return
    worker.signal(name)
    this.#killIn(graceMs)
  }

  /** Never once the process has ended, though its last words may come later: its id may be another's by then. */
  #killIn(graceMs: number): void {
    clearTimeout(this.#killTimer)
    if (this.#exited) return
    this.#killTimer = setTimeout(() => this.#worker?.killGroup(), graceMs)
  }

  /** What the worker started goes with it, also what left its session. */
  async #endTree(worker: WorkerProcess): Promise<void> {
    worker.killGroup()
    await (this.#cgroup.dirs.length > 0 ? this.#cgroup.close() : killMarked(this.#options.paths.root))
    await worker.drain()
  }

  #describe(exit: Pick<WorkerEnd, 'startError' | 'exitCode' | 'signal'>, oomKills: number): WorkerEnd {
    const { limits, initTimeoutMs } = this.#options.workload
    return {
      ...exit,
      step: this.#step,
      oomKills,
      timedOut: this.#timedOut,
      tail: this.#tail,
      initTimeoutMs,
      ...(this.#failed && { failed: this.#failed }),
      ...(limits.memoryBytes !== undefined && { memoryBytes: limits.memoryBytes }),
    }
  }
}

function startErrorOf(error: unknown): string {
  const cause = error instanceof Error ? error.message : String(error)
  return `The replica cannot be started: ${cause}.`
}
