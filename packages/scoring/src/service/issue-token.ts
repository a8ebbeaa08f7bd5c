/** Issues the tokens that services with token authentication ask their callers for. */
import { SignJWT } from 'jose'

export interface TokenOptions {
  /** base64url of 32 bytes; another one makes every token issued so far invalid. */
  secret: string
  /** The service it is for. */
  audience: string
  now: Date
  lifetimeSeconds: number
}

/** A JSON Web Token, signed with HS256. */
export async function issueToken({ secret, audience, now, lifetimeSeconds }: TokenOptions): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(Buffer.from(secret, 'base64url'))
}
