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
      return sendBytes(reply, value as BytesReply, signal)
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

/**
 * Whoever receives less than was announced knows that it is incomplete. So the last piece waits until the source has
 * ended well; one that breaks before anything was sent is answered as any other failure.
 */
async function sendBytes(
  reply: FastifyReply,
  { stream, sizeBytes }: BytesReply,
  signal: AbortSignal,
): Promise<void> {
  const isHead = reply.request.method === 'HEAD'
  if (isHead) stream.destroy()
  const pieces = isHead ? nothing() : withoutHaste(stream)
  const first = await pieces.next()
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    'x-request-id': reply.request.id,
  })
  const all = first.done ? nothing() : prepend(first.value, pieces)
  try {
    await pipeline(all, reply.raw)
  } catch (error) {
    stream.destroy()
    if (!signal.aborted) throw error
  }
}

/** Each piece once the next one has come, or the end. */
async function* withoutHaste(source: Readable): AsyncGenerator<Buffer, void> {
  let held: Buffer | undefined
  for await (const piece of source as AsyncIterable<Buffer>) {
    if (held) yield held
    held = piece
  }
  if (held) yield held
}

async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  yield first
  yield* rest
}

async function* nothing(): AsyncGenerator<Buffer, void> {}

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
