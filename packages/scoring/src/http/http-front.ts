/** The HTTP side of the gateway: takes connections, reads requests, and ends both without losing one. */
import type { Socket } from 'node:net'
import type { ClientRequest } from './client-request.ts'
import { FastConnection, type FastConnectionOptions } from './fast-connection.ts'
import { HttpParser } from './http-parser.ts'
import { longestPlainHeadBytes } from './plain-head.ts'
import { type ListenOptions, type Notice, Ports } from './ports.ts'
import { ReplyText } from './reply-text.ts'

/** How long a connection without a request stays open once the front closes. */
const lingerMs = 250
/** How often connections are looked at that may keep the front waiting for too long. */
const longestSweepMs = 5_000

export interface HttpFrontOptions {
  /** Time `close` waits for running calls before it cuts connections. */
  closeDeadlineMs: number
  /** Larger heads of requests get 431. */
  maxHeaderBytes: number
  /** Time a client has to send the head of its request, in milliseconds; over it: 408. */
  headersTimeoutMs: number
  /** Time a client has to send its whole request, in milliseconds; over it: 408. */
  requestTimeoutMs: number
  /** Time a connection without a request stays open, in milliseconds. */
  keepAliveTimeoutMs: number
  /** Whether plain requests are answered without node:http. */
  fastPath: boolean
  onRequest(request: ClientRequest): void
  onNotice(notice: Notice): void
}

export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #ports: Ports
  readonly #parser: HttpParser
  readonly #fastOptions: FastConnectionOptions
  readonly #fast = new Set<FastConnection>()
  readonly #sweep: NodeJS.Timeout
  #closing: Promise<void> | undefined

  constructor(options: HttpFrontOptions) {
    this.#options = options
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, fastPath, onRequest, onNotice } = options
    const replyText = new ReplyText(keepAliveTimeoutMs)
    const isLast = () => this.#closing !== undefined
    const parser = new HttpParser({ ...options, replyText, isLast })
    this.#parser = parser
    this.#fastOptions = {
      maxHeadBytes: fastPath ? Math.min(longestPlainHeadBytes, options.maxHeaderBytes) : 0,
      replyText,
      timeouts: { headersMs: headersTimeoutMs, requestMs: requestTimeoutMs, keepAliveMs: keepAliveTimeoutMs },
      now: () => performance.now(),
      isLast,
      onRequest,
      handOver: (socket, bytes) => parser.take(socket, bytes),
      refuse: (socket, status) => parser.refuse(socket, status),
      onOver: (connection) => this.#fast.delete(connection),
    }
    this.#ports = new Ports({
      handshakeTimeoutMs: headersTimeoutMs,
      onConnection: (socket) => this.#take(socket),
      onNotice,
    })
    const sweepMs = Math.min(
      longestSweepMs,
      headersTimeoutMs / 4,
      requestTimeoutMs / 4,
      keepAliveTimeoutMs / 4,
    )
    this.#sweep = setInterval(() => this.#sweepFast(), sweepMs).unref()
  }

  /** Connections of clients now. */
  get connections(): number {
    return this.#ports.connections
  }

  /** May be called more than once; rejects when the port is taken or the certificate cannot be used. */
  async listen(options: ListenOptions): Promise<{ port: number }> {
    return await this.#ports.listen(options)
  }

  /**
   * Stops listening, lets requests finish that run or are on their way, closes every connection; what is left at the
   * deadline is cut. Idempotent.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    const linger = setTimeout(() => this.#closeIdle(), lingerMs)
    const deadline = setTimeout(() => this.#ports.cutConnections(), this.#options.closeDeadlineMs)
    await this.#ports.close()
    clearTimeout(linger)
    clearTimeout(deadline)
    clearInterval(this.#sweep)
    this.#parser.close()
  }

  #take(socket: Socket): void {
    this.#fast.add(new FastConnection(socket, this.#fastOptions))
  }

  #closeIdle(): void {
    for (const connection of this.#fast) connection.closeIdle()
    this.#parser.closeIdle()
  }

  #sweepFast(): void {
    for (const connection of this.#fast) connection.sweep()
  }
}
