/** A plain request, answered without node:http. */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ArrivingBody } from './arriving-body.ts'
import type { ClientRequest, ReplyHead } from './client-request.ts'
import type { PlainHead } from './plain-head.ts'
import type { ReplyText } from './reply-text.ts'

const joinedBytes = 16_384

export interface FastRequestOptions {
  socket: Socket
  head: PlainHead
  body: ArrivingBody
  replyText: ReplyText
  /** Whether the connection ends with this reply. */
  isLast(): boolean
  /** The reply is out; `isLast` as it was said to the client. */
  onReplied(isLast: boolean): void
}

export class FastRequest implements ClientRequest {
  readonly #options: FastRequestOptions
  #onLeft: (() => void) | undefined

  constructor(options: FastRequestOptions) {
    this.#options = options
  }

  get method(): string {
    return this.#options.head.method
  }

  get url(): string {
    return this.#options.head.url
  }

  get rawHeaders(): readonly string[] {
    return this.#options.head.rawHeaders
  }

  get remoteAddress(): string {
    return this.#options.socket.remoteAddress ?? ''
  }

  header(name: string): string | undefined {
    return this.#options.head.headers.get(name)
  }

  readBody(maxBytes: number, onBody: (body: Buffer | undefined) => void): void {
    const { body, socket } = this.#options
    body.read(maxBytes, onBody)
    if (body.missingBytes > 0) socket.resume()
  }

  onLeft(onLeft: () => void): void {
    this.#onLeft = onLeft
  }

  /** The connection has ended. */
  leave(): void {
    this.#onLeft?.()
  }

  reply(head: ReplyHead, body: Buffer): void {
    if (!head.isTrusted) {
      this.openStream(head).end(body)
      return
    }
    const { socket, replyText, isLast, onReplied } = this.#options
    const last = isLast()
    const text = replyText.head(head, last)
    if (body.length > joinedBytes) {
      socket.cork()
      socket.write(text, 'latin1')
      socket.write(body)
      socket.uncork()
    } else socket.write(text + body.toString('latin1'), 'latin1')
    onReplied(last)
  }

  /** What a script has put into a head is checked and written by node:http. */
  openStream(head: ReplyHead): ServerResponse {
    const { socket, replyText, isLast, onReplied } = this.#options
    const request = new IncomingMessage(socket)
    Object.assign(request, { method: this.method, httpVersionMajor: 1, httpVersionMinor: 1 })
    const response = new ServerResponse(request)
    const last = isLast()
    const headers = [...head.headers, ...replyText.connectionHeaders(head, last)]
    response.writeHead(head.status, head.reason, headers)
    response.assignSocket(socket)
    // A server of node:http would pass it on.
    const onDrain = () => response.emit('drain')
    socket.on('drain', onDrain)
    response.on('finish', () => {
      socket.off('drain', onDrain)
      response.detachSocket(socket)
      onReplied(last)
    })
    return response
  }
}
