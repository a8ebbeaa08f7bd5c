/** Reading and replacing the keys of a service. */
import { RegenerateKey } from '@slipway/contract'
import type { Client } from '@slipway/sdk'
import { type Action } from '../action.ts'
import { usageError } from '../failure.ts'
import { fieldFlags, readFlags } from '../flags/field-flags.ts'
import { paramsOf } from './read.ts'

export const keyFlags = fieldFlags({ shape: RegenerateKey.shape, fields: { keyValue: 'value' } })

export async function keys(action: Action): Promise<void> {
  const [, verb, which] = action.args
  if (verb !== undefined && verb !== 'regenerate') {
    throw usageError(`what can be done with keys is regenerate, got ${verb}`)
  }
  const client = await action.connect()
  const pair = verb === undefined ? await read(action, client) : await regenerate(action, client, which)
  action.show(pair, {
    kind: 'details',
    pairs: [
      ['primary', pair.primaryKey],
      ['secondary', pair.secondaryKey],
    ],
  })
}

async function read(action: Action, client: Client) {
  return await client.services.keys({ params: paramsOf(action) }, { signal: action.signal })
}

async function regenerate(action: Action, client: Client, which: string | undefined) {
  if (which !== 'primary' && which !== 'secondary') {
    throw usageError(`the key must be primary or secondary, got ${which ?? 'none'}`)
  }
  const keyType = which === 'primary' ? ('Primary' as const) : ('Secondary' as const)
  const body = { keyType, ...readFlags(action.options, keyFlags) }
  return await client.services.regenerateKey({ params: paramsOf(action), body }, { signal: action.signal })
}
