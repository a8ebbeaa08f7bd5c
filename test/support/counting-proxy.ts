/** Stands between a client and a server and counts what the client sends. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface CountingProxy {
  url: string
  /** Bytes that clients have sent so far, heads of requests included. */
  sentBytes(): number
  close(): Promise<void>
}

/** Listens on `port`, a free one unless given, and hands every connection on to the other port of this machine. */
export async function startCountingProxy(targetPort: number, port = 0): Promise<CountingProxy> {
  let sentBytes = 0
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    const target = keep(connect(targetPort, '127.0.0.1'))
    keep(client).on('data', (chunk: Buffer) => (sentBytes += chunk.length))
    client.pipe(target).pipe(client)
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sentBytes: () => sentBytes,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
