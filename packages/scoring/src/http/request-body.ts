/** Reads a request's body into memory, up to a limit. */
import type { IncomingMessage } from 'node:http'

const none = Buffer.alloc(0)

/** Calls `onBody` once: with the body, or with undefined as soon as it is known to be too large. A client that leaves is not reported. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  onBody: (body: Buffer | undefined) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return onBody(undefined)
  if (!hasBody(request)) {
    request.resume()
    return onBody(none)
  }
  const pieces: Buffer[] = []
  let sizeBytes = 0
  let isTooLarge = false
  request.on('data', (piece: Buffer) => {
    sizeBytes += piece.length
    if (isTooLarge) return
    isTooLarge = sizeBytes > maxBytes
    if (isTooLarge) onBody(undefined)
    else pieces.push(piece)
  })
  request.on('end', () => {
    const [only] = pieces
    if (!isTooLarge) onBody(pieces.length === 1 && only ? only : Buffer.concat(pieces, sizeBytes))
  })
}

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0').trim() !== '0'
}
