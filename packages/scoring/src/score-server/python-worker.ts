/** One process that has the script: how it is started, what it says of itself, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface WorkerCommand {
  python: string
  /** `main.py` of the worker. */
  workerMain: string
  socketPath: string
  workingFolder: string
  env: Readonly<Record<string, string>>
}

export interface WorkerEvents {
  /** It has begun to import the script, or to run its `init()`. */
  onStep(step: 'import' | 'init'): void
  onReady(): void
  /** What is printed while nobody is connected, or by code that goes past Python. */
  onPrint(stream: 'stdout' | 'stderr', text: string): void
  /** It has ended and all it wrote was heard; called once. */
  onEnd(end: WorkerEnd): void
}

export interface WorkerEnd {
  /** For example `exit code 1`, `SIGSEGV`, or why there was no process. */
  how: string
  /** Why the script cannot serve, with its traceback, when the worker said so. */
  failure?: string
}

const drainMs = 1_000

export class PythonWorker {
  readonly #child: ChildProcess
  readonly #events: WorkerEvents
  #failure: string | undefined
  #hasEnded = false

  constructor({ python, workerMain, socketPath, workingFolder, env }: WorkerCommand, events: WorkerEvents) {
    this.#events = events
    // A session of its own: the interrupt key of a terminal is for the server, which lets calls finish.
    this.#child = spawn(python, ['-u', workerMain, '--socket', socketPath, '--control-fd', '3'], {
      cwd: workingFolder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const { stdout, stderr, stdio } = this.#child
    this.#readLines(stdout, (line) => events.onPrint('stdout', line))
    this.#readLines(stderr, (line) => events.onPrint('stderr', line))
    this.#readLines(stdio[3] as Readable, (line) => this.#hear(line))
    this.#child.once('error', (error) => {
      if (this.pid === undefined) this.#end({ how: `${python} cannot be started: ${error.message}` })
    })
    this.#child.once('exit', () => this.#drain())
    this.#child.once('close', (code, signal) => this.#end({ how: signal ?? `exit code ${code}` }))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Asks it to finish its call and end. */
  stop(): void {
    this.#child.kill('SIGTERM')
  }

  /** With all that it started; does nothing when it has ended. */
  kill(): void {
    if (this.pid === undefined) return
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  #readLines(stream: Readable | null, onLine: (line: string) => void): void {
    // A pipe breaks when its process is killed: the exit says all there is to say.
    if (stream !== null) createInterface({ input: stream.on('error', () => undefined) }).on('line', onLine)
  }

  /** What it started must not outlive it; what left its session may hold the pipes, which are read no longer then. */
  #drain(): void {
    this.kill()
    const cut = setTimeout(() => {
      for (const stream of this.#child.stdio) stream?.destroy()
    }, drainMs)
    this.#child.once('close', () => clearTimeout(cut))
  }

  #end(end: WorkerEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#events.onEnd(this.#failure === undefined ? end : { ...end, failure: this.#failure })
  }

  /** A script may write to any descriptor: what is not an event is left aside. */
  #hear(line: string): void {
    const event = parseEvent(line)
    switch (event.event) {
      case 'importing':
        return this.#events.onStep('import')
      case 'init':
        return this.#events.onStep('init')
      case 'ready':
        return this.#events.onReady()
      case 'failed':
        this.#failure = event.traceback || `${event.type}: ${event.message}`
        return
      case 'log':
        return this.#events.onPrint(event.stream === 'stderr' ? 'stderr' : 'stdout', String(event.text))
      default:
    }
  }
}

function parseEvent(line: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {}
  } catch {
    return {}
  }
}
