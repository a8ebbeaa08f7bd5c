/** Puts one request on a raw socket and reads the reply to its end, so that nothing is hidden or smoothed. */
import { connect } from 'node:net'
import type { CaseRequest } from './scoring-case.ts'

export interface Reply {
  status: number
  /** In the order and spelling of the wire. */
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
  /** The announced body did not come whole. */
  isCut: boolean
}

export interface Address {
  port: number
  /** Path before `/score`. */
  prefix: string
}

const deadlineMs = 20_000

/** Undefined when the connection ends without a reply. Errors: no end within 20 s. */
export async function ask(address: Address, request: CaseRequest): Promise<Reply | undefined> {
  const received = await converse(address.port, bytesOf(address, request))
  return received.length === 0 ? undefined : parseReply(received, request.method === 'HEAD')
}

/** All that comes back for these bytes until the connection ends. */
async function converse(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.on('close', () => resolve())
  // A reset after a cut reply is an end like another.
  socket.on('error', (error: NodeJS.ErrnoException) =>
    error.code === 'ECONNRESET' ? resolve() : reject(error),
  )
  socket.setTimeout(deadlineMs, () => reject(new Error(`no end of the reply within ${deadlineMs} ms`)))
  socket.write(bytes)
  await promise.finally(() => socket.destroy())
  return Buffer.concat(pieces)
}

function bytesOf({ prefix }: Address, { method, path, headers = [], body, chunks }: CaseRequest): Buffer {
  const content = chunks === undefined ? Buffer.from(body ?? '') : chunked(chunks)
  const framing = framingOf(body, chunks, content)
  const lines = [['Host', 'model.example'], ...headers, ...framing, ['Connection', 'close']]
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${method} ${prefix}${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), content])
}

function framingOf(body: unknown, chunks: unknown, content: Buffer): [string, string][] {
  if (chunks !== undefined) return [['Transfer-Encoding', 'chunked']]
  return body === undefined ? [] : [['Content-Length', String(content.length)]]
}

function chunked(chunks: readonly string[]): Buffer {
  const pieces = [...chunks, ''].map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
  return Buffer.from(pieces.join(''))
}

function parseReply(bytes: Buffer, isHead: boolean): Reply {
  const end = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  const rest = bytes.subarray(end + 4)
  return { status: Number(statusLine.split(' ')[1]), headers, ...bodyOf(rest, headers, isHead) }
}

function bodyOf(rest: Buffer, headers: Reply['headers'], isHead: boolean): Pick<Reply, 'body' | 'isCut'> {
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (!isHead && value('transfer-encoding') === 'chunked') return unchunked(rest)
  const length = value('content-length')
  return { body: rest, isCut: !isHead && length !== undefined && rest.length < Number(length) }
}

function unchunked(bytes: Buffer): Pick<Reply, 'body' | 'isCut'> {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) break
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    if (size === 0) return { body: Buffer.concat(pieces), isCut: false }
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return { body: Buffer.concat(pieces), isCut: true }
}
