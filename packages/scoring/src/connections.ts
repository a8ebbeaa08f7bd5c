/** The connections of an HTTP server, and how they end without losing a request. */
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { Server as TcpServer, type Socket } from 'node:net'

/** How long a connection without a request stays open once the server closes. */
const lingerMs = 250

export class Connections {
  readonly #server: Server
  /** Those on which nothing was asked yet; Node does not count them as idle. */
  readonly #silent = new Set<Socket>()

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#silent.add(socket)
      socket.once('close', () => this.#silent.delete(socket))
    })
    const heard = ({ socket }: IncomingMessage) => void this.#silent.delete(socket)
    server.on('request', heard)
    server.on('checkContinue', heard)
  }

  /**
   * Stops listening and resolves once every connection has ended. A request that is on its way on an idle one is still
   * answered: it is for who answers to say `Connection: close`. What is left at the deadline is cut.
   */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#server.listening) return
    const linger = setTimeout(() => this.#closeIdle(), lingerMs)
    const deadline = setTimeout(() => this.#server.closeAllConnections(), deadlineMs)
    // Without what the server of http adds: it cuts idle connections at once.
    TcpServer.prototype.close.call(this.#server)
    await once(this.#server, 'close')
    clearTimeout(linger)
    clearTimeout(deadline)
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections()
    for (const socket of this.#silent) socket.destroy()
  }
}
