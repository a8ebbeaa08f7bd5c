/** `slipway workspace`: the owners of everything else. */
import { listAll } from '@slipway/sdk'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import { formatTime } from '../output/amounts.ts'

export const defineWorkspace: Define = (command, act) => {
  command
    .command('create')
    .description('Create a workspace.')
    .argument('<name>', 'Name: 2 to 32 lower-case letters, digits and dashes.')
    .action(act(create))
  command.command('list').description('List workspaces.').action(act(list))
}

async function create(action: Action): Promise<void> {
  const client = await action.connect()
  const body = { name: argument(action, 0) }
  const workspace = await client.workspaces.create({ body }, { signal: action.signal })
  action.show(workspace, { kind: 'lines', lines: [`created workspace ${workspace.name}`] })
}

async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { signal } = action
  const items = await Array.fromAsync(
    listAll((cursor) => client.workspaces.list({ query: { cursor, limit: 1000 } }, { signal })),
  )
  const rows = items.map(({ name, metadata }) => [name, formatTime(metadata.createdAt) ?? ''])
  action.show(items, { kind: 'table', columns: ['name', 'created'], rows })
}
