/** Who may call a service: one of its two keys, compared in constant time. */
import { timingSafeEqual } from 'node:crypto'
import { texts } from './replies.ts'
import type { ServiceAuth } from './service-route.ts'

/** Why the caller is refused, as the message of a 401; undefined lets the call pass. */
export type AuthCheck = (authorization: string | undefined) => string | undefined

export function createAuthCheck(auth: ServiceAuth): AuthCheck {
  if (auth.kind === 'none') return () => undefined
  if (auth.kind === 'tokens') return () => texts.wrongKey
  const keys = auth.keys.map((key) => Buffer.from(key))
  return (authorization) => {
    if (authorization === undefined) return texts.noAuthHeader
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
    if (token === undefined) return texts.wrongScheme
    return isOneOf(keys, Buffer.from(token)) ? undefined : texts.wrongKey
  }
}

/** Always looks at every key, so that the time taken does not tell which one was nearly right. */
function isOneOf(keys: readonly Buffer[], token: Buffer): boolean {
  let found = false
  for (const key of keys) {
    const isEqual = key.length > 0 && key.length === token.length && timingSafeEqual(key, token)
    found = isEqual || found
  }
  return found
}
