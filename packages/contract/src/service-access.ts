/** Keys and tokens of services. */
import * as z from 'zod'

const Key = z.string().regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable characters without spaces')

export const ServiceKeys = z
  .object({ primaryKey: z.string(), secondaryKey: z.string() })
  .meta({ id: 'ServiceKeys' })

/** Keys of one’s own at the creation of a service. */
export const givenKeys = {
  primaryKey: Key.optional().describe('The first key; a random one unless given.'),
  secondaryKey: Key.optional().describe('The second key; a random one unless given.'),
}

export const KeyType = z.enum(['Primary', 'Secondary']).meta({ id: 'KeyType' })

export const RegenerateKey = z
  .strictObject({
    keyType: KeyType.describe('Which of the two keys.'),
    keyValue: Key.optional().describe('The new value; a random one unless given.'),
  })
  .meta({ id: 'RegenerateKey' })

export const ServiceToken = z
  .object({
    accessToken: z.string().describe('What callers send as bearer.'),
    tokenType: z.literal('Bearer'),
    expiryOn: z.int().describe('Second since 1970 from which on it is refused.'),
    refreshAfter: z.int().describe('Second since 1970 after which to ask for the next one.'),
  })
  .meta({ id: 'ServiceToken' })

export type ServiceToken = z.output<typeof ServiceToken>
