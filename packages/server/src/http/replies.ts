/** Sends what a handler answered: JSON, bytes, text or a stream of events. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ApiError, problemContentType, toProblem, type Route } from '@slipway/contract'
import type { FastifyReply } from 'fastify'
import type { BytesReply, ServerEvent } from './handlers.ts'

/** How often a comment is sent on a quiet event stream, so that proxies keep it open. */
const heartbeatMs = 15_000

export interface Answer {
  /** What the handler gave. */
  value: unknown
  /** Aborted when the client leaves or the server stops. */
  signal: AbortSignal
}

export async function sendReply(route: Route, reply: FastifyReply, { value, signal }: Answer): Promise<void> {
  switch (route.reply) {
    case 'events':
      return sendEvents(reply, value as AsyncIterable<ServerEvent>, signal)
    case 'bytes':
      return sendBytes(reply, value as BytesReply)
    case 'text':
      await reply.type('text/plain; charset=utf-8').send(value)
      return
    case undefined:
      await reply.code(route.status ?? 204).send()
      return
    default:
      await reply
        .code(route.status ?? 200)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(value))
  }
}

export async function sendProblem(reply: FastifyReply, error: ApiError): Promise<void> {
  await reply
    .code(error.status)
    .type(problemContentType)
    .send(JSON.stringify(toProblem(error, reply.request.id)))
}

/** A blob found broken midway ends the connection without its last chunk: the client sees that it is incomplete. */
async function sendBytes(reply: FastifyReply, { stream, sizeBytes }: BytesReply): Promise<void> {
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    'x-request-id': reply.request.id,
  })
  if (reply.request.method === 'HEAD') {
    stream.destroy()
    reply.raw.end()
    return
  }
  await pipeline(stream, reply.raw).catch((error: unknown) => ignoreClosed(error, stream))
}

function ignoreClosed(error: unknown, stream: Readable): void {
  stream.destroy()
  const code = (error as { code?: string }).code
  if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error
}

/**
 * The event named `end` says that there is nothing more to come. Failures that happen once the stream is open arrive as
 * an event named `problem`; so does a stop of the server, after which a client may come back.
 */
async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerEvent>,
  signal: AbortSignal,
): Promise<void> {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-request-id': reply.request.id,
  })
  if (reply.request.method === 'HEAD') {
    raw.end()
    return
  }
  const iterator = events[Symbol.asyncIterator]()
  raw.write(': connected\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  raw.once('close', () => void iterator.return?.())
  try {
    for (let next = await iterator.next(); !next.done && !raw.destroyed; next = await iterator.next()) {
      if (!raw.write(formatEvent(next.value))) await drained(raw)
    }
    signal.throwIfAborted()
    raw.end('event: end\ndata: {}\n\n')
  } catch (error) {
    const problem = error instanceof ApiError ? error : new ApiError('internal', 'the stream broke off')
    raw.end(`event: problem\ndata: ${JSON.stringify(toProblem(problem, reply.request.id))}\n\n`)
    if (!(error instanceof ApiError)) throw error
  } finally {
    clearInterval(heartbeat)
  }
}

function formatEvent({ id, data }: ServerEvent): string {
  const head = id === undefined ? '' : `id: ${id}\n`
  return `${head}data: ${JSON.stringify(data)}\n\n`
}

async function drained(raw: FastifyReply['raw']): Promise<void> {
  await new Promise<void>((resolve) => {
    raw.once('drain', resolve)
    raw.once('close', resolve)
  })
}
