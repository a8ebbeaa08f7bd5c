/** The body of a streamed reply on its way from a worker to a client. */
import { encodeFrame, frameTypes } from './frames.ts'
import type { BodySink, BodyStream } from '../http/replies.ts'

/** Credits go back so many at once: a frame for each would cost as much as the chunk. */
const creditBatch = 8
const none = Buffer.alloc(0)

export interface WorkerStreamOptions {
  callId: number
  /** Sends frames to the worker; harmless when it is gone. */
  send(frame: Buffer[]): void
}

export class WorkerStream implements BodyStream {
  readonly #options: WorkerStreamOptions
  #sink: BodySink | undefined
  #owed = 0
  #isOver = false

  constructor(options: WorkerStreamOptions) {
    this.#options = options
  }

  get sink(): BodySink | undefined {
    return this.#sink
  }

  pipe(sink: BodySink): void {
    this.#sink = sink
  }

  credit(count: number): void {
    this.#owed += count
    if (this.#isOver || this.#owed < creditBatch) return
    const body = Buffer.allocUnsafe(4)
    body.writeUInt32LE(this.#owed)
    this.#owed = 0
    this.#send(frameTypes.credit, body)
  }

  cancel(): void {
    this.#sink = undefined
    if (this.#isOver) return
    this.#isOver = true
    this.#send(frameTypes.cancel, none)
  }

  /** Breaks the body off for the client, and for the worker. */
  abort(): void {
    const sink = this.#sink
    this.cancel()
    sink?.end(false)
  }

  /** A chunk has come from the worker. */
  receive(bytes: Buffer): void {
    this.#sink?.piece(bytes)
  }

  /** The worker sends no more, or is gone. */
  end(isWhole: boolean): void {
    this.#isOver = true
    const sink = this.#sink
    this.#sink = undefined
    sink?.end(isWhole)
  }

  #send(type: number, body: Buffer): void {
    this.#options.send(encodeFrame({ type, flags: 0, id: this.#options.callId, head: none, body }))
  }
}
