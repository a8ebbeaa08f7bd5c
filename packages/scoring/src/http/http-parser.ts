/** node:http for what is not plain: it has no port of its own, connections are handed to it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientRequest } from './client-request.ts'
import { NodeRequest } from './node-request.ts'
import { refusal, refuse } from './refusal.ts'
import { texts } from './replies.ts'
import type { ReplyText } from './reply-text.ts'

/** How often node:http looks for clients that are late; at least four times within the time they have. */
const longestCheckMs = 5_000
/** Time that a client has to end its side of a refused connection. */
const lingerMs = 2_000

export interface HttpParserOptions {
  maxHeaderBytes: number
  headersTimeoutMs: number
  requestTimeoutMs: number
  keepAliveTimeoutMs: number
  replyText: ReplyText
  /** Whether a connection ends with its next reply. */
  isLast(): boolean
  onRequest(request: ClientRequest): void
}

export class HttpParser {
  readonly #options: HttpParserOptions
  readonly #server: Server
  /** Requests of a connection that are not answered. */
  readonly #unanswered = new WeakMap<Socket, Set<Incoming>>()

  constructor(options: HttpParserOptions) {
    this.#options = options
    const { headersTimeoutMs, requestTimeoutMs } = options
    this.#server = createServer({
      maxHeaderSize: options.maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(longestCheckMs, headersTimeoutMs / 4, requestTimeoutMs / 4),
      // Answered below, with a body.
      requireHostHeader: false,
    })
    this.#server.on('request', (request, response) =>
      this.#receive({ request, response, expectsContinue: false }),
    )
    this.#server.on('checkContinue', (request, response) =>
      this.#receive({ request, response, expectsContinue: true }),
    )
    this.#server.on('checkExpectation', (request, response) =>
      this.#refuseRequest({ request, response, expectsContinue: false }, 417),
    )
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      this.#onClientError(error, socket),
    )
    // What a server does once it listens: from now on it looks after the connections it is given.
    this.#server.emit('listening')
  }

  /** `bytes` were read from the socket before. */
  take(socket: Socket, bytes: Buffer): void {
    this.#server.emit('connection', socket)
    socket.once('close', () => this.#forgetWaiting(socket))
    socket.unshift(bytes)
    socket.resume()
  }

  closeIdle(): void {
    this.#server.closeIdleConnections()
  }

  /** Once every connection has ended. */
  close(): void {
    this.#server.close()
  }

  /** Answers what has arrived of a request that is none, and ends the connection once the client has seen it. */
  refuse(socket: Socket, status: RefusedStatus): void {
    const { head, body } = refusal(status, refusalTexts[status])
    socket.on('error', () => undefined)
    socket.end(this.#options.replyText.head(head, true) + body.toString('latin1'), 'latin1')
    // What still comes is thrown away: left unread, it would make the system drop the reply with the connection.
    socket.resume()
    socket.setTimeout(lingerMs, () => socket.destroy())
  }

  #receive(incoming: Incoming): void {
    const { request } = incoming
    if (request.httpVersion === '1.1' && request.headers.host === undefined)
      return this.#refuseRequest(incoming, 400)
    this.#remember(incoming)
    const { isLast, onRequest } = this.#options
    onRequest(new NodeRequest({ ...incoming, isLast }))
  }

  #refuseRequest(incoming: Incoming, status: RefusedStatus): void {
    refuse(new NodeRequest({ ...incoming, isLast: () => true }), status, refusalTexts[status])
  }

  #remember(incoming: Incoming): void {
    const { socket } = incoming.request
    const unanswered = this.#unanswered.get(socket) ?? new Set()
    this.#unanswered.set(socket, unanswered.add(incoming))
    incoming.response.once('close', () => unanswered.delete(incoming))
  }

  /** node:http tells only the reply whose turn it is that its client has left, and not those behind it. */
  #forgetWaiting(socket: Socket): void {
    for (const { response } of this.#unanswered.get(socket) ?? [])
      if (response.socket === null) response.emit('close')
  }

  /** Replies to what came in whole before leave first: a refusal ahead of them would be taken for one of them. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    socket.pause()
    const unanswered = [...(this.#unanswered.get(socket) ?? [])]
    const whole = unanswered.findLast(({ request }) => request.complete)
    const begun = unanswered.find(({ request, response }) => !request.complete && response.headersSent)
    const status = refusedStatuses.get(error.code ?? '') ?? 400
    if (whole !== undefined) whole.response.once('close', () => this.#onClientError(error, socket))
    else if (begun !== undefined) socket.destroy()
    else this.refuse(socket, status)
  }
}

type Incoming = { request: IncomingMessage; response: ServerResponse; expectsContinue: boolean }
type RefusedStatus = keyof typeof refusalTexts

const refusalTexts = {
  400: texts.malformed,
  408: texts.tooSlow,
  413: texts.chunksTooLarge,
  417: texts.unknownExpectation,
  431: texts.headTooLarge,
}

const refusedStatuses = new Map<string, RefusedStatus>([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
])
