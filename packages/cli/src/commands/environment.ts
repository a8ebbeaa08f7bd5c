/** `slipway environment`: locked sets of packages. */
import { environments, type Environment } from '@slipway/contract'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import { addListFlags, listFlags, readList } from '../flags/list-flags.ts'
import { formatBytes, formatList, formatTime } from '../output/amounts.ts'

const filters = listFlags(environments.list.query.shape, [])

export const defineEnvironment: Define = (command, act) => {
  addListFlags(command.command('list'), filters).description('List environments.').action(act(list))
  command
    .command('show')
    .description('Show an environment with its packages.')
    .argument('<name>', 'Environment.')
    .action(act(show))
}

async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { workspace, signal } = action
  const items = await readList(action.options, filters, (query) =>
    client.environments.list({ params: { workspace }, query }, { signal }),
  )
  const columns = ['name', 'python', 'packages', 'size', 'state', 'created']
  action.show(items, { kind: 'table', columns, rows: items.map(rowOf) })
}

function rowOf({ name, status, metadata }: Environment): string[] {
  return [
    name,
    status.python.version,
    String(status.packages.length),
    status.sizeBytes === undefined ? '' : formatBytes(status.sizeBytes),
    status.state,
    formatTime(metadata.createdAt) ?? '',
  ]
}

async function show(action: Action): Promise<void> {
  const client = await action.connect()
  const params = { workspace: action.workspace, name: argument(action, 0) }
  const environment = await client.environments.get({ params }, { signal: action.signal })
  const { status, metadata } = environment
  const pairs: [string, string | undefined][] = [
    ['environment', environment.name],
    ['state', status.state],
    ['error', status.error?.message],
    ['hint', status.error?.hint],
    ['python', status.python.version],
    ['interpreter', status.python.path],
    ['packages', formatList(status.packages.map(({ name, version }) => `${name}==${version}`))],
    ['provided', formatList(status.provided)],
    ['warnings', formatList(status.warnings)],
    ['size', status.sizeBytes === undefined ? undefined : formatBytes(status.sizeBytes)],
    ['created', formatTime(metadata.createdAt)],
  ]
  action.show(environment, { kind: 'details', pairs })
}
