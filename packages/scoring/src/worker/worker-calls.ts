/** The calls that a worker has: it answers them strictly in order, one after the other. */
import { type Frame, FrameError, frameFlags } from './frames.ts'
import { movingAverage } from '../service/moving-average.ts'
import { OverrunTimer } from './overrun-timer.ts'
import { pipelineDepth } from './pipeline-depth.ts'
import type { ReplicaDescription, ScoringCall } from '../service/replica.ts'
import { failedReply, messageReply, type Reply, texts } from '../http/replies.ts'
import type { VersionRoute } from '../service/service-route.ts'
import { encodeCall, readReply } from './worker-messages.ts'
import { WorkerStream } from './worker-stream.ts'

/** A worker that several gateways share may run calls of the others first: so many times the scoring time. */
const turnsToWait = 4
/** What a call may wait for one ahead of it that was expected to be shorter. */
const shortMs = 1

export interface WorkerCallsOptions {
  /** Read for every call, so that a changed setting holds from the next one on. */
  limits(): Pick<VersionRoute, 'scoringTimeoutMs' | 'timeoutStatus' | 'maxConcurrentPerReplica'>
  graceMs: number
  send(frame: Buffer[]): void
  /** Asks the worker to end a run that takes too long; called again and again until it did. */
  askToStop(): void
  /** The worker did not listen. */
  kill(): void
  /** A call was answered, so that another may follow. */
  onFreed(): void
}

export class WorkerCalls {
  readonly #options: WorkerCallsOptions
  readonly #overrun: OverrunTimer
  #calls: ScoringCall[] = []
  /** Several gateways are connected to the worker, which takes their calls in turn. */
  #isShared = false
  /** The oldest call runs, as far as can be known. */
  #isBegun = false
  /** The body of the oldest call's reply. */
  #stream: WorkerStream | undefined
  #streamBeganMs = 0
  #averageRunUs: number | undefined

  constructor(options: WorkerCallsOptions) {
    this.#options = options
    this.#overrun = new OverrunTimer({
      timeoutMs: () => options.limits().scoringTimeoutMs * (this.#isBegun ? 1 : turnsToWait),
      graceMs: options.graceMs,
      now: () => performance.now(),
      onOverdue: () => this.#answerOverdue(),
      askToStop: options.askToStop,
      kill: options.kill,
    })
  }

  get length(): number {
    return this.#calls.length
  }

  get isShared(): boolean {
    return this.#isShared
  }

  /** Calls that may be added without making them wait longer than in the queue. */
  get room(): number {
    const { maxConcurrentPerReplica } = this.#options.limits()
    const depth = this.isHeldUp ? 1 : pipelineDepth(this.#averageRunUs)
    return Math.max(depth, maxConcurrentPerReplica) - this.#calls.length
  }

  /** The average of the runs says nothing about the one that runs now. */
  get isHeldUp(): boolean {
    return this.#stream !== undefined || this.#overrun.elapsedMs > shortMs
  }

  add(call: ScoringCall, description: ReplicaDescription): void {
    const frame = encodeCall(call, description)
    if (frame === undefined) return call.answer(messageReply(431, texts.headersTooLarge))
    if (this.#calls.push(call) === 1) this.#watchOldest()
    this.#options.send(frame)
  }

  /** Forgets what was learnt about the worker: another one may answer now. */
  reset(): void {
    this.#averageRunUs = undefined
    this.#isShared = false
  }

  /** Said between two calls of the worker: none of them runs. */
  share(isShared: boolean): void {
    this.#isShared = isShared
    if (this.#calls.length > 0) this.#watchOldest()
  }

  begin(frame: Frame): void {
    if (this.#calls[0]?.id === frame.id) this.#watch(true)
  }

  reply(frame: Frame): void {
    const call = this.#oldest(frame)
    const reply = readReply(frame)
    if ((frame.flags & frameFlags.chunksFollow) !== 0) return this.#beginStream(call, reply)
    this.#learn(reply.runUs)
    this.#next()
    call.answer(reply)
  }

  chunk(frame: Frame): void {
    this.#oldest(frame)
    this.#watch(true)
    this.#stream?.receive(frame.body)
  }

  endStream(frame: Frame): void {
    this.#oldest(frame)
    const stream = this.#stream
    this.#stream = undefined
    this.#learn((performance.now() - this.#streamBeganMs) * 1_000)
    this.#next()
    stream?.end((frame.flags & frameFlags.brokenOff) === 0)
  }

  /** The request that the worker runs now, as far as can be known. */
  get runningRequestId(): string | undefined {
    return this.#isBegun || !this.#isShared ? this.#calls[0]?.requestId : undefined
  }

  /** Whose `run` printed what came with this id of a call. */
  requestIdOf(callId: number): string | undefined {
    const oldest = this.#calls[0]
    return oldest?.id === callId ? oldest.requestId : undefined
  }

  /** The worker is gone: the oldest call, which may have begun, is answered; those that have not are returned. */
  lose(): ScoringCall[] {
    const mayHaveBegun = this.#isBegun || !this.#isShared
    const calls = this.takeBack()
    if (mayHaveBegun) calls.shift()?.answer(failedReply(502, texts.crashed))
    return calls
  }

  /** All calls; the worker has begun none of them. */
  takeBack(): ScoringCall[] {
    this.#overrun.close()
    const calls = this.#calls
    this.#calls = []
    this.#stream?.end(false)
    this.#stream = undefined
    return calls
  }

  #oldest(frame: Frame): ScoringCall {
    const call = this.#calls[0]
    if (call?.id !== frame.id) throw new FrameError(`call ${frame.id} is not the oldest one`)
    return call
  }

  #beginStream(call: ScoringCall, reply: Reply): void {
    const stream = new WorkerStream({ callId: call.id, send: this.#options.send })
    this.#stream = stream
    this.#streamBeganMs = performance.now() - (reply.runUs ?? 0) / 1_000
    // From now on it is the next chunk that has to come in time.
    this.#watch(true)
    call.answer({ ...reply, stream })
    if (stream.sink === undefined) stream.cancel()
  }

  /** The worker gets its next call before the client its reply: it would idle meanwhile. */
  #next(): void {
    this.#calls.shift()
    if (this.#calls.length > 0) this.#watchOldest()
    else this.#overrun.rest()
    this.#options.onFreed()
  }

  /** A worker that is not shared begins the oldest call at once; otherwise it says when. */
  #watchOldest(): void {
    this.#watch(!this.#isShared)
  }

  #watch(isBegun: boolean): void {
    this.#isBegun = isBegun
    this.#overrun.restart()
  }

  #learn(runUs: number | undefined): void {
    if (runUs !== undefined) this.#averageRunUs = movingAverage(this.#averageRunUs, runUs)
  }

  #answerOverdue(): void {
    const { scoringTimeoutMs, timeoutStatus } = this.#options.limits()
    this.#stream?.abort()
    this.#calls[0]?.answer(failedReply(timeoutStatus ?? 504, texts.timeout(scoringTimeoutMs)))
  }
}
