/** The ports that clients connect to, with TLS or without, and their connections. */
import { once } from 'node:events'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { type CertificateFiles, type CertificateWatcher, watchCertificate } from './certificate-files.ts'

export interface ListenOptions {
  /** 0 takes a free one. */
  port: number
  host: string
  /** HTTPS with this certificate, which is read again when the files change; absent: HTTP. */
  tls?: CertificateFiles
}

/** What an operator should know. */
export interface Notice {
  isError: boolean
  text: string
}

export interface PortsOptions {
  /** Time for a TLS handshake. */
  handshakeTimeoutMs: number
  onConnection(socket: Socket): void
  onNotice(notice: Notice): void
}

export class Ports {
  readonly #options: PortsOptions
  readonly #servers = new Set<Server>()
  readonly #certificates = new Set<CertificateWatcher>()
  /** Those below TLS too, so that an unfinished handshake can be ended. */
  readonly #sockets = new Set<Socket>()

  constructor(options: PortsOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Rejects when the port is taken or the certificate cannot be used. */
  async listen({ port, host, tls }: ListenOptions): Promise<{ port: number }> {
    const server = tls === undefined ? this.#createPlain() : await this.#createTls(tls)
    server.on('connection', (socket: Socket) => this.#track(socket))
    this.#servers.add(server)
    server.listen(port, host)
    await once(server, 'listening')
    const address = server.address()
    return { port: typeof address === 'object' && address !== null ? address.port : port }
  }

  /** Stops listening; resolves once every connection has ended. */
  async close(): Promise<void> {
    for (const certificate of this.#certificates) certificate.close()
    const listening = [...this.#servers].filter((server) => server.listening)
    const closed = listening.map(async (server) => await once(server, 'close'))
    for (const server of listening) server.close()
    await Promise.all(closed)
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** As servers of node:http are: a client may end its side before it has read the reply. */
  #createPlain(): Server {
    return createTcpServer({ allowHalfOpen: true, noDelay: true }, this.#options.onConnection)
  }

  async #createTls(files: CertificateFiles): Promise<TlsServer> {
    const { handshakeTimeoutMs: handshakeTimeout, onConnection, onNotice } = this.#options
    const certificate = await watchCertificate(files, {
      changed: (pair) => {
        server.setSecureContext(pair)
        onNotice({ isError: false, text: `certificate ${files.certFile} was read again` })
      },
      broken: ({ message }) =>
        onNotice({ isError: true, text: `the certificate of before stays in use: ${message}` }),
    })
    this.#certificates.add(certificate)
    const settings = { ALPNProtocols: ['http/1.1'], noDelay: true, handshakeTimeout }
    const server = createTlsServer({ ...certificate.pair, ...settings }, onConnection)
    return server
  }
}
