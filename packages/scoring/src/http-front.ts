/** The HTTP side of the gateway: ports, connections, and requests as they come in. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ClientRequest } from './client-request.ts'
import { Connections } from './connections.ts'
import { NodeRequest } from './node-request.ts'

const keepAliveTimeoutMs = 65_000

export interface ListenOptions {
  /** 0 takes a free one. */
  port: number
  host: string
}

export interface HttpFrontOptions {
  /** Time `close` waits for running calls before it cuts connections. */
  closeDeadlineMs: number
  onRequest(request: ClientRequest): void
}

export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #server: Server
  readonly #connections: Connections
  #closing: Promise<void> | undefined

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#server = createServer({ keepAliveTimeout: keepAliveTimeoutMs })
    this.#connections = new Connections(this.#server)
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#receive(request, response, false),
    )
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#receive(request, response, true),
    )
  }

  async listen({ port, host }: ListenOptions): Promise<{ port: number }> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return { port: typeof address === 'object' && address !== null ? address.port : port }
  }

  /** Stops listening, lets requests finish that run or are on their way, closes every connection. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#connections.close(this.#options.closeDeadlineMs)
    await this.#closing
  }

  #receive(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const isLast = () => this.#closing !== undefined
    this.#options.onRequest(new NodeRequest({ request, response, expectsContinue, isLast }))
  }
}
