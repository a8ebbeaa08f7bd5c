/** One HTTP request exactly as written: no path is normalized, no header is added that was not asked for. */
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

export interface RequestParts {
  headers?: OutgoingHttpHeaders
  /** Sent as JSON, with its content type. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Buffer
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body parsed, where it is JSON. */
  json: unknown
}

export async function sendRequest(
  port: number,
  { method, target, headers, json, body }: RequestParts & { method: string; target: string },
): Promise<Reply> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path: target,
    agent: false,
    headers: withoutGaps({ ...(json !== undefined && { 'content-type': 'application/json' }), ...headers }),
  })
  const replied = new Promise<Reply>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, text, json: parse(text) })
      })
    })
  })
  sent.end(json === undefined ? body : JSON.stringify(json))
  return replied
}

/** A header that is undefined is one that is not sent. */
function withoutGaps(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Writes bytes that need not be HTTP, and reads until the server closes the connection. */
export async function sendBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('utf8')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
