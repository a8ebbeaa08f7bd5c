/** A connection whose requests are plain so far: they are answered without node:http, and a client cannot tell. */
import type { Socket } from 'node:net'
import type { ClientRequest } from './client-request.ts'
import { FastRequest } from './fast-request.ts'
import { type PlainHead, readPlainHead } from './plain-head.ts'
import type { ReplyText } from './reply-text.ts'

export interface FastConnectionOptions {
  /** Requests with larger heads are handed over; 0: every connection is, with its first bytes. */
  maxHeadBytes: number
  replyText: ReplyText
  /** Time until the first head is there, until a request is there in whole, and until another one begins. */
  timeouts: { headersMs: number; requestMs: number; keepAliveMs: number }
  /** Monotonic milliseconds. */
  now(): number
  /** Whether the connection ends with its next reply. */
  isLast(): boolean
  onRequest(request: ClientRequest): void
  /** Takes the connection over; `bytes` were read from it and not handled. */
  handOver(socket: Socket, bytes: Buffer): void
  /** Ends the connection with a refusal of what has arrived of a request. */
  refuse(socket: Socket, status: 400 | 408): void
  /** It was handed over or has ended. */
  onOver(connection: FastConnection): void
}

export class FastConnection {
  readonly #options: FastConnectionOptions
  readonly #socket: Socket
  #state: 'new' | 'receiving' | 'answering' | 'idle' | 'over' = 'new'
  #sinceMs: number
  /** Of the request at hand or the one before: clients mostly send the same again. */
  #head: PlainHead | undefined
  /** What is there of a request, or came after the one that is being answered. */
  #pieces: Buffer[] = []
  /** Of a request that is being received. */
  #missingBytes = 0
  #request: FastRequest | undefined

  constructor(socket: Socket, options: FastConnectionOptions) {
    this.#options = options
    this.#socket = socket
    this.#sinceMs = options.now()
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  /** Ends it if nothing is asked on it now. */
  closeIdle(): void {
    if (this.#state === 'new' || this.#state === 'idle') this.#socket.destroy()
  }

  /** Ends it if it has kept the gateway waiting for too long. */
  sweep(): void {
    const { timeouts, now, refuse } = this.#options
    const waitedMs = now() - this.#sinceMs
    if (this.#state === 'idle' && waitedMs > timeouts.keepAliveMs) this.#socket.destroy()
    const isLate =
      (this.#state === 'new' && waitedMs > timeouts.headersMs) ||
      (this.#state === 'receiving' && waitedMs > timeouts.requestMs)
    if (!isLate) return
    this.#leaveSocket()
    refuse(this.#socket, 408)
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#state === 'answering') {
      this.#pieces.push(bytes)
      this.#socket.pause()
      return
    }
    if (this.#state === 'receiving') return this.#receive(bytes)
    const head = this.#readHead(bytes)
    if (head === undefined) return this.#handOver(bytes)
    this.#head = head
    this.#begin(head, bytes)
  }

  readonly #onEnd = (): void => {
    if (this.#state !== 'receiving') {
      this.#socket.end()
      return
    }
    this.#leaveSocket()
    this.#options.refuse(this.#socket, 400)
  }

  /** An error is followed by `close`. */
  readonly #onError = (): void => undefined

  readonly #onClose = (): void => {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#request?.leave()
    this.#options.onOver(this)
  }

  #readHead(bytes: Buffer): PlainHead | undefined {
    const known = this.#head?.bytes
    const isSame = known !== undefined && bytes.length >= known.length && startsWith(bytes, known)
    if (isSame) return this.#head
    return readPlainHead(bytes, this.#options.maxHeadBytes)
  }

  #begin(head: PlainHead, bytes: Buffer): void {
    const bodyAt = head.bytes.length
    const end = bodyAt + head.contentLength
    if (bytes.length < end) {
      this.#state = 'receiving'
      this.#sinceMs = this.#options.now()
      this.#pieces = [bytes]
      this.#missingBytes = end - bytes.length
      return
    }
    if (bytes.length > end) {
      this.#pieces.push(bytes.subarray(end))
      this.#socket.pause()
    }
    this.#answer(head, bytes.subarray(bodyAt, end))
  }

  #receive(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#missingBytes -= bytes.length
    if (this.#head === undefined || this.#missingBytes > 0) return
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#begin(this.#head, whole)
  }

  #answer(head: PlainHead, body: Buffer): void {
    const { replyText, isLast, onRequest } = this.#options
    this.#state = 'answering'
    const request = new FastRequest({
      socket: this.#socket,
      head,
      body,
      replyText,
      isLast,
      onReplied: this.#onReplied,
    })
    this.#request = request
    onRequest(request)
  }

  readonly #onReplied = (isLast: boolean): void => {
    this.#request = undefined
    if (this.#state === 'over') return
    if (isLast) {
      this.#socket.destroySoon()
      return
    }
    // A client that does not take its replies gets no more of them.
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', this.#goOn)
    else if (this.#pieces.length > 0) process.nextTick(this.#goOn)
    else this.#rest()
  }

  #rest(): void {
    this.#state = 'idle'
    this.#sinceMs = this.#options.now()
  }

  readonly #goOn = (): void => {
    if (this.#state === 'over') return
    this.#rest()
    if (this.#pieces.length === 0) return
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#socket.resume()
    this.#onData(bytes)
  }

  #handOver(bytes: Buffer): void {
    this.#leaveSocket()
    this.#socket.pause()
    this.#options.handOver(this.#socket, bytes)
  }

  #leaveSocket(): void {
    this.#state = 'over'
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
    this.#options.onOver(this)
  }
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.compare(start, 0, start.length, 0, start.length) === 0
}
