/** `slipway image`: scoring scripts with their environment and models, built. */
import { formatReference, images, logQuery, NewImage, type Image } from '@slipway/contract'
import type { Command } from 'commander'
import { argument, type Act, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import { addYes, confirmLoss } from '../confirm.ts'
import { addImageFlags, readBuilt, startImage, type ImageFields } from '../create-image.ts'
import { usageError } from '../failure.ts'
import { addFlags, fieldFlags, readFlags } from '../flags/field-flags.ts'
import { addListFlags, listFlags, readList } from '../flags/list-flags.ts'
import { formatBytes, formatList, formatPairs, formatTime } from '../output/amounts.ts'
import { followEntries, showLog } from '../output/log-lines.ts'
import { readImage, requireVersion } from '../reference.ts'
import { finish } from '../wait.ts'
import { showOperation } from './operation.ts'

const nameFlags = fieldFlags({
  shape: NewImage.shape,
  fields: { name: true, description: true, tags: 'tag', properties: 'property' },
})
const filters = listFlags(images.list.query.shape, ['name', 'model', 'latest'])
const logFlags = fieldFlags({ shape: logQuery, fields: { lines: true } })
const reference = ['<name[:version]>', 'Image; the latest version unless one is named.'] as const

export const defineImage: Define = (command, act) => {
  defineCreate(command, act)
  addListFlags(command.command('list'), filters).description('List images.').action(act(list))
  command
    .command('show')
    .description('Show an image.')
    .argument(...reference)
    .action(act(show))
  addFlags(command.command('logs'), logFlags)
    .description('Print the log of a build.')
    .argument(...reference)
    .option('--follow', 'Go on until the build has finished.')
    .action(act(logs))
  addYes(command.command('delete'))
    .description('Delete a version of an image that no service uses.')
    .argument('<name:version>', 'Image and version.')
    .action(act(remove))
}

function defineCreate(command: Command, act: Act): void {
  addImageFlags(addFlags(command.command('create'), nameFlags))
    .description('Build the next version of an image.')
    .option('--no-wait', 'Return at once, with the operation.')
    .action(act(create))
}

async function create(action: Action): Promise<void> {
  const fields = readFlags(action.options, nameFlags)
  if (fields['name'] === undefined) throw usageError('--name is missing', 'Name the image: --name NAME')
  const client = await action.connect()
  // The flags are those of the schema, and each was checked against it.
  const operation = await startImage(action, client, fields as unknown as ImageFields)
  if (action.options['wait'] === false) return showOperation(action, operation)
  showImage(action, await readBuilt(action, client, await finish(action, client, operation)))
}

async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { workspace, signal } = action
  const items = await readList(action.options, filters, (query) =>
    client.images.list({ params: { workspace }, query }, { signal }),
  )
  const columns = ['name', 'version', 'state', 'models', 'environment', 'created', 'tags']
  action.show(items, { kind: 'table', columns, rows: items.map(rowOf) })
}

function rowOf({ name, version, spec, status, metadata }: Image): string[] {
  return [
    name,
    String(version),
    status.state,
    formatList(spec.models) ?? '',
    status.environment ?? '',
    formatTime(metadata.createdAt) ?? '',
    formatPairs(metadata.tags) ?? '',
  ]
}

async function show(action: Action): Promise<void> {
  const client = await action.connect()
  showImage(action, await readImage(client, { ...action, text: argument(action, 0) }))
}

function showImage(action: Action, image: Image): void {
  const { metadata, spec, status } = image
  const size = status.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const pairs: [string, string | undefined][] = [
    ['image', formatReference(image.name, image.version)],
    ['state', status.state],
    ['error', status.error?.message],
    ['hint', status.error?.hint],
    ['description', metadata.description],
    ['entry script', spec.entryScript],
    ['models', formatList(spec.models)],
    ['environment', status.environment],
    ['digest', status.digest],
    ['size', size === 0 ? undefined : formatBytes(size)],
    ['warnings', formatList(status.warnings)],
    ['tags', formatPairs(metadata.tags)],
    ['properties', formatPairs(metadata.properties)],
    ['created', formatTime(metadata.createdAt)],
    ['finished', formatTime(status.finishedAt)],
  ]
  action.show(image, { kind: 'details', pairs })
}

async function logs(action: Action): Promise<void> {
  const client = await action.connect()
  const { name, version } = await readImage(client, { ...action, text: argument(action, 0) })
  const params = { workspace: action.workspace, name, version }
  const query = readFlags(action.options, logFlags)
  const { signal } = action
  if (action.options['follow'] === true) {
    return await followEntries(action, client.images.followLogs({ params, query }, { signal }))
  }
  const { items } = await client.images.logs({ params, query }, { signal })
  return showLog(action, items)
}

async function remove(action: Action): Promise<void> {
  const text = argument(action, 0)
  const params = requireVersion({ ...action, text })
  const client = await action.connect()
  await confirmLoss(action, `Delete image ${text} for good?`)
  await client.images.delete({ params }, { signal: action.signal })
  action.show({ deleted: `image/${text}` }, { kind: 'lines', lines: [`deleted image ${text}`] })
}
