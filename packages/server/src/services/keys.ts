/** The two keys of a service: 32 random letters and digits each, as Azure had them. */
import { randomInt } from 'node:crypto'
import type { ServiceKeys } from '@slipway/contract'
import type * as z from 'zod'

export type Keys = z.output<typeof ServiceKeys>

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const keyLength = 32

export function newKeys(): Keys {
  return { primaryKey: newKey(), secondaryKey: newKey() }
}

export function newKey(): string {
  return Array.from({ length: keyLength }, () => alphabet[randomInt(alphabet.length)]).join('')
}
