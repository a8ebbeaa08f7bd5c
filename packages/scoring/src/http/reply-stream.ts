/** Sends a streamed body to a client, no faster than the client takes it. */
import type { ServerResponse } from 'node:http'
import type { BodyStream } from './replies.ts'

/** The head is written, the body follows; a client that leaves ends the stream, and a broken body ends the connection. */
export function sendStream(response: ServerResponse, stream: BodyStream): void {
  // A reply that waits behind an earlier one of its connection has no socket yet; its request has.
  const { socket } = response.req
  let untaken = 0
  const onDrain = () => {
    stream.credit(untaken)
    untaken = 0
  }
  const onClose = () => stream.cancel()
  response.on('drain', onDrain)
  socket.once('close', onClose)
  // The client may read the head before the first piece is there.
  response.flushHeaders()
  stream.pipe({
    piece: (bytes) => {
      if (bytes.length === 0 || response.write(bytes)) stream.credit(1)
      else untaken += 1
    },
    end: (isWhole) => {
      socket.off('close', onClose)
      if (isWhole) response.end()
      // What came before still goes out; without a last chunk the client sees that there is more to come.
      else if (response.socket) response.socket.destroySoon()
      else response.destroy()
    },
  })
}
