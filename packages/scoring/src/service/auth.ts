/** Who may call a service: everyone, holders of one of its two keys, or holders of a token. */
import { timingSafeEqual } from 'node:crypto'
import { texts } from '../http/replies.ts'
import type { ServiceAuth } from './service-route.ts'
import { createTokenCheck } from './token-check.ts'

/**
 * Why the caller is refused, as the message of a 401; undefined lets the call pass. Only a token that was not seen before
 * takes a promise.
 */
export type AuthCheck = (authorization: string | undefined) => Verdict | Promise<Verdict>
export type Verdict = string | undefined

/** `now` is the time of day, in milliseconds since 1970. */
export function createAuthCheck(auth: ServiceAuth, now: () => number): AuthCheck {
  if (auth.kind === 'none') return () => undefined
  if (auth.kind === 'keys') return bearerCheck('key', createKeyCheck(auth.keys))
  return bearerCheck('token', createTokenCheck(auth, now))
}

function bearerCheck(
  wanted: 'key' | 'token',
  check: (bearer: string) => Verdict | Promise<Verdict>,
): AuthCheck {
  return (authorization) => {
    if (authorization === undefined) return texts.noAuthHeader
    const [, bearer] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
    return bearer === undefined ? texts.wrongScheme(wanted) : check(bearer)
  }
}

/** Longer than any key of ours; keys that are longer widen it. */
const comparedBytes = 64

/**
 * Compares as many bytes whatever is sent, and always with both keys: the time taken tells neither which one was nearly
 * right nor how long they are.
 */
function createKeyCheck(keys: readonly string[]): (bearer: string) => Verdict {
  const width = Math.max(comparedBytes, ...keys.map((key) => Buffer.byteLength(key)))
  const padded = keys.filter((key) => key !== '').map((key) => fill(Buffer.alloc(width), key))
  const sent = Buffer.alloc(width)
  return (bearer) => {
    fill(sent, bearer)
    let found = false
    for (const key of padded) found = timingSafeEqual(key, sent) || found
    if (found && Buffer.byteLength(bearer) <= width) return undefined
    return looksLikeToken(bearer) ? texts.keyWanted : texts.wrongKey
  }
}

/** Zeros follow; no header can hold one. */
function fill(buffer: Buffer, text: string): Buffer {
  return buffer.fill(0, buffer.write(text))
}

/** Three parts in base64url; keys are one. */
function looksLikeToken(bearer: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(bearer)
}
