/** A Python worker on this machine, spoken to with frames over its Unix socket. */
import { encodeFrame, type Frame, FrameError, frameFlags, frameTypes } from './frames.ts'
import type { Replica, ReplicaEvents, ScoringCall } from '../service/replica.ts'
import { ReplicaProbe } from './replica-probe.ts'
import type { ReplicaEndpoint, VersionRoute } from '../service/service-route.ts'
import { WorkerCalls } from './worker-calls.ts'
import { WorkerConnection } from './worker-connection.ts'
import { type Ready, readReady } from './worker-messages.ts'

const none = Buffer.alloc(0)

export interface WorkerReplicaOptions {
  endpoint: ReplicaEndpoint
  events: ReplicaEvents
  /** Read for every call, so that a changed setting holds from the next one on. */
  limits(): VersionRoute
  graceMs: number
  kill(pid: number, signal: 'SIGALRM' | 'SIGKILL'): void
}

/**
 * Connects at once and again whenever the connection is lost, until it is retired. A worker answers strictly in order
 * and replies before it begins the next call, so only the oldest unanswered call can be lost with it.
 */
export class WorkerReplica implements Replica {
  readonly #options: WorkerReplicaOptions
  readonly #connection: WorkerConnection
  readonly #calls: WorkerCalls
  readonly #probe: ReplicaProbe
  #ready: Ready | undefined
  /** Connected, and the worker answers. */
  #isReady = false
  #isRetired = false
  #isClosed = false

  constructor(options: WorkerReplicaOptions) {
    const { limits, graceMs, events, endpoint } = options
    this.#options = options
    this.#calls = new WorkerCalls({
      limits,
      graceMs,
      send: (frame) => this.#connection.send(frame),
      askToStop: () => this.#askToStop(),
      kill: () => this.#endOverdue(),
      onFreed: () => events.freed(),
    })
    this.#probe = new ReplicaProbe({
      settings: () => limits().probe,
      isIdle: () => this.#calls.length === 0,
      isShared: () => this.#calls.isShared,
      ping: (id) => this.#ping(id),
      onAlive: () => this.#takeCalls(),
      onDead: (reason) => this.#endDead(reason),
    })
    this.#connection = new WorkerConnection({
      socketPath: endpoint.socketPath,
      onFrame: (frame) => this.#receive(frame),
      onLost: () => this.#onLost(),
      onNonsense: (error) => this.#log(`the connection was cut: ${error.message}`),
    })
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
    return this.isReady ? this.#calls.room : 0
  }

  get isHeldUp(): boolean {
    return this.#calls.isHeldUp
  }

  send(call: ScoringCall): void {
    if (!this.#isReady || this.#ready === undefined) throw new Error(`replica ${this.id} is not ready`)
    this.#calls.add(call, this.#ready)
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
    this.#connection.close()
    this.#probe.stop()
    this.#loseCalls()
    this.#options.events.changed()
  }

  #onLost(): void {
    const wasReady = this.#isReady
    this.#isReady = false
    this.#probe.stop()
    const requestId = this.#calls.runningRequestId
    if (requestId !== undefined) this.#log('the replica was lost while it ran this call', requestId)
    this.#loseCalls()
    if (this.#isRetired) return this.close()
    if (!wasReady) return
    this.#options.events.lost()
    this.#options.events.changed()
  }

  #loseCalls(): void {
    this.#giveBack(this.#calls.lose())
  }

  #giveBack(unbegun: ScoringCall[]): void {
    if (unbegun.length > 0) this.#options.events.returned(unbegun)
  }

  #receive(frame: Frame): void {
    switch (frame.type) {
      case frameTypes.reply:
        this.#calls.reply(frame)
        return this.#closeIfDone()
      case frameTypes.chunk:
        return this.#calls.chunk(frame)
      case frameTypes.end:
        this.#calls.endStream(frame)
        return this.#closeIfDone()
      case frameTypes.log:
        return this.#receiveLog(frame)
      case frameTypes.begun:
        return this.#calls.begin(frame)
      default:
        return this.#receiveState(frame)
    }
  }

  #receiveState(frame: Frame): void {
    switch (frame.type) {
      case frameTypes.ready:
        return this.#receiveReady(frame)
      case frameTypes.shared:
        return this.#calls.share(frame.flags === frameFlags.shared)
      case frameTypes.pong:
        return this.#probe.pong(frame.id)
      case frameTypes.stopping:
        return this.#receiveStopping()
      default:
        throw new FrameError(`a worker must not send frames of type ${frame.type}`)
    }
  }

  #closeIfDone(): void {
    if (this.#isRetired && this.#calls.length === 0) this.close()
  }

  #receiveReady(frame: Frame): void {
    this.#ready = readReady(frame)
    this.#connection.settle()
    this.#calls.reset()
    this.#probe.start()
  }

  #takeCalls(): void {
    this.#isReady = true
    this.#options.events.changed()
  }

  #receiveLog({ id, flags, body }: Frame): void {
    this.#options.events.log({
      replica: this.id,
      requestId: this.#calls.requestIdOf(id),
      isError: flags === frameFlags.stderr,
      text: body.toString('utf8'),
    })
  }

  /** The worker was told to end from outside and begins no further call: not one is lost. */
  #receiveStopping(): void {
    this.#isReady = false
    this.#probe.stop()
    this.#giveBack(this.#calls.takeBack())
    if (this.#isRetired) return this.close()
    this.#options.events.changed()
  }

  #ping(id: number): void {
    const frame = { type: frameTypes.ping, flags: 0, id, head: none, body: none }
    this.#connection.send(encodeFrame(frame))
  }

  #endOverdue(): void {
    const { scoringTimeoutMs } = this.#options.limits()
    const text = `run() did not stop after ${scoringTimeoutMs} ms: its process is ended`
    this.#log(text, this.#calls.runningRequestId)
    this.#killOrCut()
  }

  #endDead(reason: string): void {
    this.#log(`the worker is ended because it does not answer: ${reason}`)
    this.#killOrCut()
  }

  #kill(signal: 'SIGALRM' | 'SIGKILL'): void {
    if (this.#ready !== undefined) this.#options.kill(this.#ready.pid, signal)
  }

  /** The process may have ended a moment ago: its connection will tell. */
  #askToStop(): void {
    try {
      this.#kill('SIGALRM')
    } catch {}
  }

  /** A worker that hangs and cannot be killed must not keep the calls behind. */
  #killOrCut(): void {
    try {
      this.#kill('SIGKILL')
    } catch (error) {
      this.#log(
        `the connection was cut: ${error instanceof Error ? error.message : 'the worker cannot be ended'}`,
      )
      this.#connection.cut()
    }
  }

  #log(text: string, requestId?: string): void {
    this.#options.events.log({ replica: this.id, requestId, isError: true, text })
  }
}
