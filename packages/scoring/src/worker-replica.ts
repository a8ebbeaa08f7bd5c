/** A Python worker on this machine, spoken to with frames over its Unix socket. */
import { connect, type Socket } from 'node:net'
import { type Frame, FrameDecoder, FrameError, frameTypes } from './frames.ts'
import { OverrunTimer } from './overrun-timer.ts'
import { pipelineDepth } from './pipeline-depth.ts'
import type { Replica, ReplicaEvents, ScoringCall } from './replica.ts'
import { failedReply, texts } from './replies.ts'
import type { ReplicaEndpoint } from './service-route.ts'
import { encodeCall, type Ready, readReady, readReply } from './worker-messages.ts'

const firstRetryMs = 10
const lastRetryMs = 1_000
const maxFrameBytes = 1_073_741_824
const averageWeight = 0.1
const stderrFlag = 2

export interface WorkerReplicaOptions {
  endpoint: ReplicaEndpoint
  events: ReplicaEvents
  /** Read for every call, so that a changed setting holds from the next one on. */
  limits(): { scoringTimeoutMs: number; maxConcurrentPerReplica: number }
  graceMs: number
  kill(pid: number, signal: 'SIGALRM' | 'SIGKILL'): void
}

/**
 * Connects at once and again whenever the connection is lost, until it is retired. A worker answers strictly in order
 * and replies before it begins the next call, so only the oldest unanswered call can be lost with it.
 */
export class WorkerReplica implements Replica {
  readonly #options: WorkerReplicaOptions
  readonly #overrun: OverrunTimer
  #socket: Socket | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #retryMs = firstRetryMs
  #ready: Ready | undefined
  #isReady = false
  #isRetired = false
  #isClosed = false
  #calls: ScoringCall[] = []
  #averageRunUs: number | undefined

  constructor(options: WorkerReplicaOptions) {
    this.#options = options
    this.#overrun = new OverrunTimer({
      timeoutMs: () => options.limits().scoringTimeoutMs,
      graceMs: options.graceMs,
      now: () => performance.now(),
      onOverdue: () => this.#answerOverdue(),
      askToStop: () => void this.#kill('SIGALRM'),
      kill: () => this.#killOrCut(),
    })
    this.#connect()
  }

  get id(): string {
    return this.#options.endpoint.id
  }

  get socketPath(): string {
    return this.#options.endpoint.socketPath
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isRetired
  }

  get isRetired(): boolean {
    return this.#isRetired
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get description(): Ready | undefined {
    return this.#ready
  }

  get inFlight(): number {
    return this.#calls.length
  }

  get freeSlots(): number {
    if (!this.isReady) return 0
    const most = Math.max(pipelineDepth(this.#averageRunUs), this.#options.limits().maxConcurrentPerReplica)
    return most - this.#calls.length
  }

  send(call: ScoringCall): void {
    if (this.#socket === undefined || this.#ready === undefined)
      throw new Error(`replica ${this.id} is not ready`)
    if (this.#calls.push(call) === 1) this.#overrun.restart()
    const [start, body] = encodeCall(call, this.#ready)
    if (start === undefined) return
    if (body === undefined) {
      this.#socket.write(start)
      return
    }
    this.#socket.cork()
    this.#socket.write(start)
    this.#socket.write(body)
    this.#socket.uncork()
  }

  retire(): void {
    if (this.#isRetired) return
    this.#isRetired = true
    if (this.#calls.length === 0) return this.close()
    this.#options.events.changed()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = this.#isRetired = true
    clearTimeout(this.#retryTimer)
    this.#socket?.destroy()
    this.#loseCalls()
    this.#options.events.changed()
  }

  #connect(): void {
    const socket = connect(this.#options.endpoint.socketPath)
    const decoder = new FrameDecoder(maxFrameBytes, (frame) => this.#receive(frame))
    this.#socket = socket
    socket.on('data', (chunk) => {
      try {
        decoder.push(chunk)
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        this.#cut(error)
      }
    })
    // A failed attempt and a lost connection alike end in `close`.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  #onClose(): void {
    if (this.#isClosed) return
    const wasReady = this.#isReady
    this.#isReady = false
    this.#socket = undefined
    this.#loseCalls()
    if (this.#isRetired) return this.close()
    if (wasReady) this.#options.events.lost()
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2)
    if (wasReady) this.#options.events.changed()
  }

  /** The oldest call may have begun and is answered; the others have not and go back. */
  #loseCalls(): void {
    this.#overrun.close()
    const [oldest, ...unbegun] = this.#calls
    this.#calls = []
    oldest?.answer(failedReply(502, texts.crashed))
    if (unbegun.length > 0) this.#options.events.returned(unbegun)
  }

  #receive(frame: Frame): void {
    if (this.#isClosed) return
    switch (frame.type) {
      case frameTypes.reply:
        return this.#receiveReply(frame)
      case frameTypes.log:
        return this.#receiveLog(frame)
      case frameTypes.ready:
        return this.#receiveReady(frame)
      case frameTypes.stopping:
        return this.#receiveStopping()
      default:
        throw new FrameError(`a worker must not send frames of type ${frame.type}`)
    }
  }

  #receiveReady(frame: Frame): void {
    this.#ready = readReady(frame)
    this.#isReady = true
    this.#retryMs = firstRetryMs
    this.#averageRunUs = undefined
    this.#options.events.changed()
  }

  #receiveReply(frame: Frame): void {
    const call = this.#calls[0]
    if (call?.id !== frame.id) throw new FrameError(`call ${frame.id} is not the oldest one`)
    const reply = readReply(frame)
    this.#calls.shift()
    if (this.#calls.length > 0) this.#overrun.restart()
    else this.#overrun.rest()
    this.#learn(reply.runUs)
    // The worker gets its next call before the client its reply: it would idle meanwhile.
    this.#options.events.freed()
    call.answer(reply)
    if (this.#isRetired && this.#calls.length === 0) this.close()
  }

  #learn(runUs: number | undefined): void {
    if (runUs === undefined) return
    const average = this.#averageRunUs
    this.#averageRunUs = average === undefined ? runUs : average + (runUs - average) * averageWeight
  }

  #receiveLog(frame: Frame): void {
    const oldest = this.#calls[0]
    this.#options.events.log({
      replica: this.id,
      requestId: oldest?.id === frame.id ? oldest.requestId : undefined,
      isError: frame.flags === stderrFlag,
      text: frame.body.toString('utf8'),
    })
  }

  /** The worker was told to end from outside and begins no further call: not one is lost. */
  #receiveStopping(): void {
    this.#isReady = false
    this.#overrun.close()
    const unbegun = this.#calls
    this.#calls = []
    if (unbegun.length > 0) this.#options.events.returned(unbegun)
    if (this.#isRetired) return this.close()
    this.#options.events.changed()
  }

  #answerOverdue(): void {
    this.#calls[0]?.answer(failedReply(504, texts.timeout(this.#options.limits().scoringTimeoutMs)))
  }

  /** What the signal failed with: the process may have ended a moment ago. */
  #kill(signal: 'SIGALRM' | 'SIGKILL'): unknown {
    if (this.#ready === undefined || !this.#isReady) return undefined
    try {
      this.#options.kill(this.#ready.pid, signal)
      return undefined
    } catch (error) {
      return error
    }
  }

  /** A worker that hangs and cannot be killed must not keep the calls behind. */
  #killOrCut(): void {
    const error = this.#kill('SIGKILL')
    if (error !== undefined) this.#cut(error)
  }

  #cut(error: unknown): void {
    const text = `the connection was cut: ${error instanceof Error ? error.message : String(error)}`
    this.#options.events.log({ replica: this.id, requestId: undefined, isError: true, text })
    this.#socket?.destroy()
  }
}
