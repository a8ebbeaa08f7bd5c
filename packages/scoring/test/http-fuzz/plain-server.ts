/** The measure: a server of node:http with the defaults of Node, which says how it reads the bytes that it is sent. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Replies, sendPieces } from './raw-client.ts'

export interface SeenRequest {
  method: string
  /** As a script is given it: without the prefix of the service, the question mark always there. */
  path: string
  /** By lower-case name, as scripts get them: values of one name joined, names with an underscore left out. */
  headers: Record<string, string>
  body: string
}

export interface Reading extends Replies {
  /** Whole requests, in order; each was answered 200. */
  requests: SeenRequest[]
}

/** Turns of the event loop after which nothing more comes from a server that answers at once. */
const quietLooks = 4

export class PlainServer {
  readonly #prefix: string
  readonly #server: Server
  #requests: SeenRequest[] = []
  #socket: Socket | undefined

  constructor(prefix: string) {
    this.#prefix = prefix
    this.#server = createServer((request, response) => this.#answer(request, response))
    this.#server.on('connection', (socket: Socket) => (this.#socket = socket))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** One connection after the other. */
  async read(pieces: readonly string[]): Promise<Reading> {
    this.#requests = []
    const sentBytes = pieces.join('').length
    let quiet = 0
    const { port } = this.#server.address() as AddressInfo
    const replies = await sendPieces(port, pieces, (statuses) => {
      const isQuiet = this.#socket?.bytesRead === sentBytes && statuses.length >= this.#requests.length
      quiet = isQuiet ? quiet + 1 : 0
      return quiet > quietLooks
    })
    return { requests: this.#requests, ...replies }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    // The body of a request that turns out to be malformed is cut off.
    request.on('error', () => undefined)
    request.on('end', () => {
      this.#requests.push(this.#seen(request, Buffer.concat(pieces)))
      response.writeHead(200, { 'Content-Length': 4 })
      response.end('seen')
    })
  }

  #seen({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): SeenRequest {
    const path = url.startsWith(`${this.#prefix}/`) ? url.slice(this.#prefix.length) : url
    return {
      method,
      path: path.includes('?') ? path : `${path}?`,
      headers: joined(rawHeaders),
      body: body.toString('latin1'),
    }
  }
}

function joined(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    if (!name.includes('_')) headers[name] = name in headers ? `${headers[name]},${value}` : value
  }
  return headers
}
