/** `slipway operation`: long-running actions. */
import { formatReference, operations, type Operation } from '@slipway/contract'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import { addListFlags, listFlags, readList } from '../flags/list-flags.ts'
import { formatTime } from '../output/amounts.ts'

const filters = listFlags(operations.list.query.shape, ['state'])

export const defineOperation: Define = (command, act) => {
  addListFlags(command.command('list'), filters).description('List operations.').action(act(list))
  command
    .command('show')
    .description('Show an operation.')
    .argument('<name>', 'Operation, such as op-5f2c….')
    .action(act(show))
}

async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { workspace, signal } = action
  const items = await readList(action.options, filters, (query) =>
    client.operations.list({ params: { workspace }, query }, { signal }),
  )
  const columns = ['name', 'action', 'target', 'state', 'created']
  action.show(items, { kind: 'table', columns, rows: items.map(rowOf) })
}

function rowOf(operation: Operation): string[] {
  const { name, spec, status, metadata } = operation
  return [name, spec.action, targetOf(operation), status.state, formatTime(metadata.createdAt) ?? '']
}

function targetOf({ spec: { target } }: Operation): string {
  const { kind, name, version } = target
  return `${kind}/${version === undefined ? name : formatReference(name, version)}`
}

async function show(action: Action): Promise<void> {
  const client = await action.connect()
  const params = { workspace: action.workspace, name: argument(action, 0) }
  showOperation(action, await client.operations.get({ params }, { signal: action.signal }))
}

export function showOperation(action: Action, operation: Operation): void {
  const { spec, status, metadata } = operation
  const pairs: [string, string | undefined][] = [
    ['operation', operation.name],
    ['action', spec.action],
    ['target', targetOf(operation)],
    ['state', status.state],
    ['progress', status.progress],
    ['error', status.error?.message],
    ['hint', status.error?.hint],
    ['created', formatTime(metadata.createdAt)],
    ['started', formatTime(status.startedAt)],
    ['finished', formatTime(status.finishedAt)],
  ]
  action.show(operation, { kind: 'details', pairs })
}
