/** Turns whatever went wrong into a problem document. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { ApiError, problemContentType, toProblem } from '@slipway/contract'
import type { FastifyError } from 'fastify'
import { maxJsonBytes } from './body-parsers.ts'

/** Errors of fastify itself have a status; anything else unknown is ours to mend. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const { statusCode = 500, message = 'bad request' } = error as Partial<FastifyError>
  if (statusCode === 413) {
    return new ApiError('too-large', `the body must be at most ${maxJsonBytes} bytes`)
  }
  if (statusCode === 415) {
    return new ApiError('unsupported-media-type', 'the content type is not one this path takes')
  }
  if (statusCode === 414)
    return new ApiError('not-found', 'a name in the path is longer than any name can be')
  if (statusCode < 500) return new ApiError('bad-request', message)
  return new ApiError('internal', 'an unexpected error; the request id finds it in the log', { cause: error })
}

/** True for failures that whoever runs the server has to know of. */
export function isFault({ code }: ApiError): boolean {
  return code === 'internal' || code === 'corrupted'
}

/** Answers what is not HTTP, or takes too long or too much to say what it wants; there is no request then. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex, requestId: string): void {
  const problem = new ApiError('bad-request', whyUnreadable(error.code), { cause: error })
  const body = JSON.stringify(toProblem(problem, requestId))
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

function whyUnreadable(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers are too large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the request did not arrive in time'
  return 'the request is not HTTP/1.1'
}
