/** Takes request bodies in: JSON is parsed, bytes are left as a stream, anything else is refused where a body is wanted. */
import { PassThrough, type Readable } from 'node:stream'
import { ApiError, type Route } from '@slipway/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Largest JSON body, in bytes: room for a list of 100,000 files. */
export const maxJsonBytes = 48 * 2 ** 20

/** Largest part of an upload whose size is announced, in bytes. */
export const maxPartBytes = 256 * 2 ** 20

export function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      return done(null, JSON.parse(String(text)))
    } catch (cause) {
      return done(new ApiError('bad-request', `the body is not JSON: ${(cause as Error).message}`, { cause }))
    }
  })
  app.addContentTypeParser('application/octet-stream', (request, payload, done) => {
    if (Number(request.headers['content-length'] ?? 0) <= maxPartBytes) return done(null, detached(payload))
    return done(new ApiError('too-large', `the part must be at most ${maxPartBytes} bytes`))
  })
  // Left unread; a route that wants a body names the type it takes instead.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
}

/**
 * The same bytes as a stream that may be given up early: the connection stays, so that its sender can be told why. What
 * it still sends is taken and dropped; left there, it would keep the connection from its next request and from its end.
 */
function detached(payload: Readable): Readable {
  const bytes = new PassThrough()
  payload.once('error', (error) => bytes.destroy(error))
  payload.once('close', () => {
    if (!payload.readableEnded) bytes.destroy(new ApiError('bad-request', 'the client left'))
  })
  bytes.once('close', () => {
    payload.unpipe(bytes)
    payload.resume()
  })
  return payload.pipe(bytes)
}

/** A path that takes bytes refuses JSON, and the other way round. Errors: `unsupported-media-type`. */
export function checkMediaType(route: Route, request: FastifyRequest): void {
  if (route.body === undefined) return
  const wanted = route.body === 'bytes' ? 'application/octet-stream' : 'application/json'
  const given = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (given === wanted) return
  if (given === undefined && route.body !== 'bytes' && isEmpty(request)) return
  throw new ApiError('unsupported-media-type', `the content type must be ${wanted}, got ${given ?? 'none'}`)
}

function isEmpty({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}
