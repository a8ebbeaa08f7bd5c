/** A server on loopback that takes uploads and gives downloads, and breaks connections when told to. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Upload {
  id: string
  digest: string
  sizeBytes: number
  offset: number
  complete: boolean
}

export class FlakyServer {
  /** Blobs that are complete, by digest. */
  readonly blobs = new Map<string, Buffer>()
  /** Requests so far, as `METHOD last-segment`. */
  readonly requests: string[] = []
  /** Where downloads were asked to begin. */
  readonly offsets: number[] = []
  /** Values of Last-Event-ID that came. */
  readonly resumedAfter: string[] = []
  /** How many of the next part or content requests break halfway. */
  breaks = 0
  /** How many times a stream of events breaks after one event; then it goes on to its end. */
  eventBreaks = 0
  readonly #received = new Map<string, { upload: Upload; bytes: Buffer }>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  static async start(): Promise<FlakyServer> {
    const flaky = new FlakyServer()
    await new Promise<void>((resolve) => flaky.#server.listen(0, '127.0.0.1', resolve))
    return flaky
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const last = url.pathname.split('/').at(-1) ?? ''
    this.requests.push(`${request.method} ${last}`)
    const offset = url.searchParams.get('offset')
    if (offset !== null) this.offsets.push(Number(offset))
    if (last === 'events') return this.#sendEvents(request, response)
    if (last === 'content') return this.#sendContent(url, response)
    if (request.method === 'PATCH') return this.#takePart(request, response, last)
    const body: unknown = JSON.parse((await readBytes(request)).toString())
    if (last !== 'missing') return reply(response, this.#begin(body as Upload))
    const { digests } = body as { digests: string[] }
    return reply(response, { missing: digests.filter((digest) => !this.blobs.has(digest)) })
  }

  #begin({ digest, sizeBytes }: Upload): Upload {
    const id = digest.slice(7, 27)
    const known = this.#received.get(id)
    if (known) return known.upload
    const upload = { id, digest, sizeBytes, offset: 0, complete: false }
    this.#received.set(id, { upload, bytes: Buffer.alloc(0) })
    return upload
  }

  async #takePart(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const entry = this.#received.get(id)
    if (!entry) return reply(response, problem('not-found', 'no such upload'), 404)
    const breaks = this.breaks > 0
    if (breaks) this.breaks -= 1
    entry.bytes = Buffer.concat([entry.bytes, await readBytes(request, breaks ? 1 : Infinity)])
    entry.upload.offset = entry.bytes.length
    if (breaks) return void request.socket.destroy()
    if (entry.bytes.length < entry.upload.sizeBytes) return reply(response, entry.upload)
    const digest = `sha256:${createHash('sha256').update(entry.bytes).digest('hex')}`
    if (digest !== entry.upload.digest) return reply(response, problem('digest-mismatch', 'other bytes'), 422)
    entry.upload.complete = true
    this.blobs.set(digest, entry.bytes)
    return reply(response, entry.upload)
  }

  #sendContent(url: URL, response: ServerResponse): void {
    const blob = this.blobs.get(url.searchParams.get('path') ?? '')
    if (!blob) return reply(response, problem('not-found', 'no such file'), 404)
    const bytes = blob.subarray(Number(url.searchParams.get('offset')))
    response.writeHead(200, { 'content-length': bytes.length })
    if (this.breaks === 0) return void response.end(bytes)
    this.breaks -= 1
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }

  #sendEvents(request: IncomingMessage, response: ServerResponse): void {
    const after = request.headers['last-event-id']
    if (typeof after === 'string') this.resumedAfter.push(after)
    const revision = Number(after ?? 0) + 1
    const change = { type: 'put', revision, resource: { kind: 'model', name: `m${revision}` } }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`id: ${revision}\ndata: ${JSON.stringify(change)}\n\n`, () => {
      this.eventBreaks -= 1
      if (this.eventBreaks >= 0) response.destroy()
      else response.end('event: end\ndata: {}\n\n')
    })
  }
}

function problem(code: string, detail: string): object {
  return { type: 'x', title: 'x', status: 400, code, detail }
}

function reply(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBytes(request: IncomingMessage, chunks = Infinity): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    parts.push(chunk as Buffer)
    if (parts.length >= chunks) break
  }
  return Buffer.concat(parts)
}
