/** A client's connection where a test decides about every byte. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawReply {
  status: number
  /** As received, in order; names in lower case. */
  headers: [string, string][]
  body: string
}

export class RawConnection {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #received = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text))
    // A server may close before it has read everything.
    socket.on('error', () => undefined)
    this.closed = once(socket, 'close')
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const connection = new RawConnection(socket)
    await once(socket, 'connect')
    return connection
  }

  /** Everything that came so far. */
  get received(): string {
    return this.#received
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** The next reply with a `Content-Length`; it is taken off what was received. */
  async reply(): Promise<RawReply> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      const reply = end < 0 ? undefined : parseHead(this.#received.slice(0, end))
      const size = Number(reply?.headers.find(([name]) => name === 'content-length')?.[1] ?? 0)
      if (reply !== undefined && this.#received.length >= end + 4 + size) {
        const body = this.#received.slice(end + 4, end + 4 + size)
        this.#received = this.#received.slice(end + 4 + size)
        return { ...reply, body }
      }
      await Promise.race([once(this.socket, 'data'), this.closed])
      if (this.socket.destroyed && !this.#received.includes('\r\n\r\n'))
        throw new Error(`the connection ended without a reply: ${this.#received}`)
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

function parseHead(head: string): Omit<RawReply, 'body'> {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(statusLine.split(' ')[1]), headers }
}
