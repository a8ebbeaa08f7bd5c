/** One request and its reply: reads what the replica needs, writes what the client gets. */
import type { ClientRequest } from '../http/client-request.ts'
import type { ScoringCall } from './replica.ts'
import { messageReply, type Reply, texts } from '../http/replies.ts'
import { sendStream } from '../http/reply-stream.ts'
import type { RequestIds } from '../http/request-ids.ts'
import type { MirroredCall } from './shadow.ts'

/** Asks for a version by its name, and tells which one has answered. */
export const versionHeader = 'azureml-model-deployment'

const none = Buffer.alloc(0)
const bodilessStatuses = new Set([204, 205, 304])

export interface ExchangeOptions {
  request: ClientRequest
  query: string
  ids: RequestIds
  serverNames: readonly string[]
  /** Headers that let a page of another origin read the reply, names and values in turn. */
  cors: readonly string[]
  /** What becomes of the call counts for this version as long as it was handed to none. */
  version: AnsweringVersion
  /** Whether it asks for a score. */
  isCounted: boolean
  onScored: ((call: ScoredCall) => void) | undefined
}

/** A scoring request and its reply, as a log of requests tells it. */
export interface ScoredCall {
  method: string
  /** Path and query. */
  url: string
  status: number
  /** From the head of the request to the head of the reply. */
  elapsedMs: number
  /** Of the body; undefined: it is streamed. */
  sizeBytes: number | undefined
  requestId: string | undefined
}

/** The version that a call goes to, as far as its reply depends on it. */
export interface AnsweringVersion {
  readonly version: { readonly name: string }
  /** Turns 5xx replies of the worker into 502. */
  readonly rewritesServerErrors: boolean
  /** What was sent; not called for a client that has left. */
  record(reply: Reply): void
  /** The client has left before its reply. */
  abandon(call: ScoringCall): void
}

export class Exchange implements MirroredCall {
  readonly #options: ExchangeOptions
  readonly id: number
  body: Buffer = none
  isSettled = false
  readonly #beganMs: number
  #version: AnsweringVersion
  #shownVersion: string | undefined
  #listeners: ((reply: Reply | undefined) => void)[] | undefined

  constructor(id: number, options: ExchangeOptions) {
    this.id = id
    this.#options = options
    this.#version = options.version
    this.#beganMs = options.onScored === undefined ? 0 : performance.now()
  }

  /** Why the ids that the client sent cannot be used. */
  get refusal(): string | undefined {
    return this.#options.ids.refusal
  }

  get requestId(): string | undefined {
    return this.#options.ids.requestId
  }

  get method(): string {
    return this.#options.request.method
  }

  get query(): string {
    return this.#options.query
  }

  get rawHeaders(): readonly string[] {
    return this.#options.request.rawHeaders
  }

  get remoteAddress(): string {
    return this.#options.request.remoteAddress
  }

  /** A service of several versions tells its clients which one has answered. */
  handTo(version: AnsweringVersion, isOneOfMany: boolean): void {
    this.#version = version
    this.#shownVersion = isOneOfMany ? version.version.name : undefined
  }

  onOver(listener: (reply: Reply | undefined) => void): void {
    this.#listeners ??= []
    this.#listeners.push(listener)
  }

  /** The connection has ended; that matters only before the reply. */
  leave(): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#version.abandon(this)
    this.#tellOver(undefined)
  }

  answer(reply: Reply): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#write(this.#rewritten(reply))
    this.#tellOver(reply)
  }

  #tellOver(reply: Reply | undefined): void {
    if (this.#listeners === undefined) return
    for (const listener of this.#listeners) listener(reply)
  }

  #rewritten(reply: Reply): Reply {
    const isRewritten = this.#version.rewritesServerErrors && reply.isFromWorker && reply.status >= 500
    return isRewritten ? { ...reply, status: 502 } : reply
  }

  /** A script may choose a status and headers that HTTP cannot carry: then an error takes the reply's place. */
  #write(reply: Reply): void {
    try {
      this.#send(reply)
    } catch (error) {
      if (!reply.isFromWorker) throw error
      this.#send(messageReply(500, texts.badReply))
    }
  }

  #send(reply: Reply): void {
    const { request, isCounted } = this.#options
    const { status, reason, headers, stream } = reply
    const isTrusted = reply.isFromWorker === undefined || headers === undefined
    const head = { status, reason, headers: this.#headers(reply), isTrusted }
    const hasBody = !bodilessStatuses.has(status)
    if (stream !== undefined && hasBody && request.method !== 'HEAD')
      sendStream(request.openStream(head), stream)
    else request.reply(head, hasBody ? reply.body : none)
    if (isCounted) this.#tell(reply)
  }

  #tell(reply: Reply): void {
    this.#version.record(reply)
    const { onScored, request } = this.#options
    if (onScored === undefined) return
    const { method, url } = request
    const sizeBytes = reply.stream === undefined ? reply.body.length : undefined
    const elapsedMs = performance.now() - this.#beganMs
    onScored({ method, url, status: reply.status, elapsedMs, sizeBytes, requestId: this.requestId })
  }

  #headers(reply: Reply): string[] {
    const { ids, request, serverNames, cors } = this.#options
    const headers = replyHeaders(reply)
    if (cors.length > 0 && !allowsOrigin(headers)) headers.push(...cors)
    headers.push(...serverNames, ...ids.headers)
    if (this.#shownVersion !== undefined) headers.push(versionHeader, this.#shownVersion)
    const traceId = request.header('traceid')
    if (traceId !== undefined) headers.push('TraceId', traceId)
    return headers
  }
}

function replyHeaders({ status, headers: sent, body, stream, failed, runUs }: Reply): string[] {
  const headers = sent === undefined ? ['Content-Type', 'application/json'] : withoutOurs(sent)
  if (!bodilessStatuses.has(status) && stream === undefined)
    headers.push('Content-Length', String(body.length))
  if (failed !== undefined) headers.push('x-ms-run-function-failed', failed ? 'True' : 'False')
  if (runUs !== undefined) headers.push('x-ms-run-fn-exec-ms', (runUs / 1_000).toFixed(3))
  return headers
}

/**
 * Headers that tell what happened to a request, or where its reply ends, are not for the script to write: its process may
 * send what it likes, and a proxy in front of services would take the rest of a body for the reply to somebody else.
 */
const ours = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'trailer',
  'x-request-id',
  'x-ms-request-id',
  'x-ms-client-request-id',
  'x-ms-server-version',
  'x-ms-run-fn-exec-ms',
])

function withoutOurs(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !ours.has((headers[at - (at % 2)] ?? '').toLowerCase()))
}

/** A script that says it for itself has the last word. */
function allowsOrigin(headers: readonly string[]): boolean {
  return headers.some((each, at) => at % 2 === 0 && each.toLowerCase() === 'access-control-allow-origin')
}
