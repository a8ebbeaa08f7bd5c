/** A request that node:http has parsed. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientRequest, ReplyHead } from './client-request.ts'
import { readBody } from './request-body.ts'

const joinedBytes = 16_384

export interface NodeRequestOptions {
  request: IncomingMessage
  response: ServerResponse
  /** The client waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean
  /** Whether the connection ends with this reply, because the gateway closes. */
  isLast(): boolean
}

export class NodeRequest implements ClientRequest {
  readonly #options: NodeRequestOptions
  readonly method: string
  readonly url: string
  /** The client may send the body or the next request now: which of them, nobody can tell. */
  #isWaiting: boolean

  constructor(options: NodeRequestOptions) {
    this.#options = options
    this.#isWaiting = options.expectsContinue
    this.method = options.request.method ?? 'GET'
    this.url = options.request.url ?? '/'
  }

  get rawHeaders(): readonly string[] {
    return this.#options.request.rawHeaders
  }

  get remoteAddress(): string {
    return this.#options.request.socket.remoteAddress ?? ''
  }

  header(name: string): string | undefined {
    const value = this.#options.request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  readBody(maxBytes: number, onBody: (body: Buffer | undefined) => void): void {
    const { request, response } = this.#options
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBytes
    if (this.#isWaiting && !isTooLarge) {
      this.#isWaiting = false
      response.writeContinue()
    }
    readBody(request, maxBytes, onBody)
  }

  onLeft(onLeft: () => void): void {
    this.#options.response.on('close', onLeft)
  }

  /** As text of one byte per character a small body joins its head in a single write, without changing a byte. */
  reply(head: ReplyHead, body: Buffer): void {
    const response = this.openStream(head)
    if (body.length > joinedBytes) response.end(body)
    else response.end(body.toString('latin1'), 'latin1')
  }

  openStream({ status, reason, headers }: ReplyHead): ServerResponse {
    const { response, isLast } = this.#options
    const ends = this.#isWaiting || isLast()
    response.writeHead(status, reason, ends ? [...headers, 'Connection', 'close'] : headers)
    return response
  }
}
