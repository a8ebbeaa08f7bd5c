/** What callers of a service prove themselves with: two keys of 32 random letters and digits, as Azure had them, and tokens. */
import { randomBytes, randomInt } from 'node:crypto'
import { ApiError, type ServiceKeys, type ServiceSettings } from '@slipway/contract'
import type { ServiceAuth } from '@slipway/scoring'
import type * as z from 'zod'

export type KeyPair = z.output<typeof ServiceKeys>

export interface Keys extends KeyPair {
  /** What tokens are signed with, base64url of 32 bytes; another one revokes every token. Absent until tokens are asked for. */
  tokenSecret?: string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const keyLength = 32

export function newKey(): string {
  return Array.from({ length: keyLength }, () => alphabet[randomInt(alphabet.length)]).join('')
}

export function newTokenSecret(): string {
  return randomBytes(32).toString('base64url')
}

export type AuthSettings = Pick<ServiceSettings, 'authEnabled' | 'tokenAuthEnabled'>

/** Who may call a service; its path is the audience of its tokens. */
export function authOf(settings: AuthSettings, keys: Keys, audience: string): ServiceAuth {
  if (settings.tokenAuthEnabled) return { kind: 'tokens', secret: tokenSecretOf(keys), audience }
  return settings.authEnabled
    ? { kind: 'keys', keys: [keys.primaryKey, keys.secondaryKey] }
    : { kind: 'none' }
}

/** Errors: `internal`, for a secret is written together with the setting that asks for it. */
export function tokenSecretOf({ tokenSecret }: Keys): string {
  if (tokenSecret === undefined)
    throw new ApiError('internal', 'the service has no secret to sign tokens with')
  return tokenSecret
}
