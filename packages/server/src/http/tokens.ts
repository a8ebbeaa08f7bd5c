/** Checks the token of a request in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { ApiError } from '@slipway/contract'

/** SHA-256 of a token: what is kept and compared. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Errors: `unauthorized` when the header is missing, of another form or of no known token. */
export function checkToken(authorization: string | undefined, known: readonly Buffer[]): void {
  if (authorization === undefined) {
    throw unauthorized('this path needs a token, and the request has no Authorization header')
  }
  const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? []
  if (token === undefined) throw unauthorized('the Authorization header must be "Bearer" and a token')
  const hash = hashToken(token)
  const matches = known.map((candidate) => timingSafeEqual(candidate, hash))
  if (!matches.includes(true)) throw unauthorized('the token is not one of this server')
}

function unauthorized(detail: string): ApiError {
  return new ApiError('unauthorized', detail, {
    hint: 'Set SLIPWAY_TOKEN, or pass --token; the first token is in the file `token` of the data folder.',
  })
}
