/** Sends bytes as they are on a connection of their own, in the pieces given, and tells what comes back. */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Replies {
  /** Of the final replies, in order. */
  statuses: number[]
  /** The server has closed the connection. */
  isClosed: boolean
}

/** Every piece arrives as a read of its own; the connection ends once `isDone`, or when the server closes it. */
export async function sendPieces(
  port: number,
  pieces: readonly string[],
  isDone: (statuses: readonly number[]) => boolean,
): Promise<Replies> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))
  // A server may close before it has read everything.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    await turns(2)
  }
  while (!socket.closed && !isDone(statusesIn(received))) await turns(1)
  // One reply too many would come now. The end of the connection may bring another, to a request that is not whole.
  await turns(2)
  const replies = { statuses: statusesIn(received), isClosed: socket.closed }
  socket.end()
  if (!socket.closed) await once(socket, 'close')
  return replies
}

/** No body of these tests looks like a status line. */
function statusesIn(received: string): number[] {
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  return statuses.filter((status) => status >= 200)
}

/** Whole turns of the event loop: what was sent before them over loopback has been read after them. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
