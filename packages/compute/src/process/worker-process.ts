/** The operating system’s side of one worker: a process in a session of its own, and what it writes. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { parseControlEvent, type ControlEvent } from './control-event.ts'
import { LineSplitter } from './line-splitter.ts'
import { killProcess } from './replica-cgroup.ts'

export interface WorkerCommand {
  command: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
}

export interface WorkerListener {
  onEvent(event: ControlEvent): void
  onLine(stream: 'stdout' | 'stderr', text: string): void
}

export interface ProcessExit {
  /** Why there was no process. */
  startError?: string
  exitCode?: number
  signal?: string
}

/** How long the pipes of an ended worker are read; a process that left its session may hold them for ever. */
const drainMs = 1_000

export class WorkerProcess {
  /** Resolves when the process has ended; what it wrote may still arrive until `drain`. */
  readonly exited: Promise<ProcessExit>
  readonly #child: ChildProcess
  readonly #closed: Promise<void>

  constructor({ command, args, cwd, env }: WorkerCommand, listener: WorkerListener) {
    // Detached is a session of its own: signals to the server's terminal do not reach it, and its group can be killed.
    this.#child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.exited = exitOf(this.#child)
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()))
    readLines(this.#child.stdout, (text) => listener.onLine('stdout', text))
    readLines(this.#child.stderr, (text) => listener.onLine('stderr', text))
    readLines(this.#child.stdio[3], (text) => {
      const event = parseControlEvent(text)
      if (event !== undefined) listener.onEvent(event)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** To the worker alone: its children may be part of the call it is to finish. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  killGroup(): void {
    if (this.pid !== undefined) killProcess(-this.pid)
  }

  /** Waits until all that was written has been delivered. */
  async drain(): Promise<void> {
    const deadline = Promise.withResolvers<void>()
    const timer = setTimeout(deadline.resolve, drainMs)
    await Promise.race([this.#closed, deadline.promise])
    clearTimeout(timer)
    for (const stream of this.#child.stdio) stream?.destroy()
  }
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ startError: `The process cannot be started: ${error.message}.` })
    })
    child.once('exit', (code, signal) => {
      resolve({ ...(code !== null && { exitCode: code }), ...(signal !== null && { signal }) })
    })
  })
}

function readLines(stream: unknown, onLine: (text: string) => void): void {
  if (!isReadable(stream)) return
  const splitter = new LineSplitter(onLine)
  stream.on('data', (bytes: Buffer) => splitter.push(bytes))
  stream.on('close', () => splitter.end())
  // A pipe breaks when its process is killed: the exit says all there is to say.
  stream.on('error', () => undefined)
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'on' in stream
}
