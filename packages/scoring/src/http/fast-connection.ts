/** A connection whose requests are plain so far: they are answered without node:http, and a client cannot tell. */
import type { Socket } from 'node:net'
import { ArrivingBody } from './arriving-body.ts'
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
  /** Its body, of which some is missing while the connection is receiving. */
  #body: ArrivingBody | undefined
  /** What came after it. */
  #following: Buffer[] = []
  /** Undefined once it is answered, which may be before all of its body is there. */
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
    const { timeouts, now } = this.#options
    const waitedMs = now() - this.#sinceMs
    if (this.#state === 'idle' && waitedMs > timeouts.keepAliveMs) this.#socket.destroy()
    const isLate =
      (this.#state === 'new' && waitedMs > timeouts.headersMs) ||
      (this.#state === 'receiving' && waitedMs > timeouts.requestMs)
    if (isLate) this.#refuse(408)
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#state === 'answering') return this.#setAside(bytes)
    if (this.#state === 'receiving') return this.#receive(bytes)
    const head = this.#readHead(bytes)
    if (head === undefined) return this.#handOver(bytes)
    this.#head = head
    this.#begin(head, bytes)
  }

  readonly #onEnd = (): void => {
    if (this.#state === 'receiving') this.#refuse(400)
    else this.#socket.end()
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

  /** At its head: a request that is not let in costs no memory for its body. */
  #begin(head: PlainHead, bytes: Buffer): void {
    const { replyText, isLast, now, onRequest } = this.#options
    const bodyAt = head.bytes.length
    const end = bodyAt + head.contentLength
    if (bytes.length > end) this.#setAside(bytes.subarray(end))
    const body = new ArrivingBody(head.contentLength, bytes.subarray(bodyAt, end))
    this.#body = body
    this.#state = body.missingBytes > 0 ? 'receiving' : 'answering'
    if (this.#state === 'receiving') this.#sinceMs = now()
    const socket = this.#socket
    const request = new FastRequest({ socket, head, body, replyText, isLast, onReplied: this.#onReplied })
    this.#request = request
    onRequest(request)
    const isUndecided = this.#request === request && !body.isAwaited
    if (body.missingBytes > 0 && isUndecided) socket.pause()
  }

  #receive(bytes: Buffer): void {
    const body = this.#body
    const missingBytes = body?.missingBytes ?? 0
    if (bytes.length < missingBytes) return body?.push(bytes)
    if (bytes.length > missingBytes) this.#setAside(bytes.subarray(missingBytes))
    this.#state = 'answering'
    const isAnswered = this.#request === undefined
    body?.push(bytes.subarray(0, missingBytes))
    if (isAnswered) this.#onReplied(this.#options.isLast())
  }

  #setAside(bytes: Buffer): void {
    this.#following.push(bytes)
    this.#socket.pause()
  }

  readonly #onReplied = (isLast: boolean): void => {
    this.#request = undefined
    if (this.#state === 'over') return
    if (isLast) {
      this.#socket.destroySoon()
      return
    }
    if (this.#state === 'receiving') {
      // The rest of the body is of no use, but the next request comes behind it.
      this.#socket.resume()
      return
    }
    // A client that does not take its replies gets no more of them.
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', this.#goOn)
    else if (this.#following.length > 0) process.nextTick(this.#goOn)
    else this.#rest()
  }

  #rest(): void {
    this.#state = 'idle'
    this.#sinceMs = this.#options.now()
  }

  readonly #goOn = (): void => {
    if (this.#state === 'over') return
    this.#rest()
    if (this.#following.length === 0) return
    const bytes = Buffer.concat(this.#following)
    this.#following = []
    this.#socket.resume()
    this.#onData(bytes)
  }

  #refuse(status: 400 | 408): void {
    this.#leaveSocket()
    this.#request?.leave()
    this.#options.refuse(this.#socket, status)
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
