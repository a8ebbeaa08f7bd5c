/** Changing, rolling back and deleting services. */
import { argument, type Action } from '../action.ts'
import { showOperation } from '../commands/operation.ts'
import { confirmLoss } from '../confirm.ts'
import { usageError } from '../failure.ts'
import { readFlags } from '../flags/field-flags.ts'
import { finish } from '../wait.ts'
import { changeFlags, updateFlags } from './flags.ts'
import { paramsOf } from './read.ts'
import { withSample } from './sample.ts'
import { settle } from './settle.ts'

export async function update(action: Action): Promise<void> {
  const fields = await withSample(action, readFlags(action.options, updateFlags))
  const settings = readFlags(action.options, changeFlags)
  const body = { ...fields, ...(Object.keys(settings).length > 0 && { settings }) }
  if (Object.keys(body).length === 0) throw usageError('nothing to change was named')
  const client = await action.connect()
  const input = { params: paramsOf(action), body }
  await settle(action, client, await client.services.update(input, { signal: action.signal }))
}

export async function rollback(action: Action): Promise<void> {
  const client = await action.connect()
  const operation = await client.services.rollback({ params: paramsOf(action) }, { signal: action.signal })
  await settle(action, client, operation)
}

export async function remove(action: Action): Promise<void> {
  const name = argument(action, 0)
  const client = await action.connect()
  await confirmLoss(action, `Delete service ${name}? Its image and models stay.`)
  const operation = await client.services.delete({ params: paramsOf(action) }, { signal: action.signal })
  if (action.options['wait'] === false) return showOperation(action, operation)
  await finish(action, client, operation)
  action.show({ deleted: `service/${name}` }, { kind: 'lines', lines: [`deleted service ${name}`] })
}
