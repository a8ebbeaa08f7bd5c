/** `slipway model`: registered models. */
import { Describe, formatReference, models, NewModel, type Model } from '@slipway/contract'
import { downloadModel, registerModel, type ModelFields } from '@slipway/sdk/node'
import path from 'node:path'
import { argument, type Act, type Action } from '../action.ts'
import { addYes, confirmLoss } from '../confirm.ts'
import type { Define } from '../noun.ts'
import { addFlags, fieldFlags, readFlags } from '../flags/field-flags.ts'
import { addListFlags, listFlags, readList } from '../flags/list-flags.ts'
import { formatBytes, formatList, formatPairs, formatTime } from '../output/amounts.ts'
import { readModel, requireVersion } from '../reference.ts'
import { showTransfer } from '../transfer-progress.ts'
import { usageError } from '../failure.ts'
import { describeFlags } from '../flags/describe-flags.ts'
import type { Command } from 'commander'

const registerFlags = fieldFlags({
  shape: NewModel.shape,
  fields: {
    name: true,
    description: true,
    tags: 'tag',
    properties: 'property',
    framework: true,
    frameworkVersion: true,
    allowUnsafe: true,
  },
})
const filters = listFlags(models.list.query.shape, ['name', 'framework', 'latest'])
const reference = ['<name[:version]>', 'Model; the latest version unless one is named.'] as const

export const defineModel: Define = (command, act) => {
  defineRegister(command, act)
  addListFlags(command.command('list'), filters).description('List models.').action(act(list))
  command
    .command('show')
    .description('Show a model.')
    .argument(...reference)
    .action(act(show))
  command
    .command('download')
    .description('Download a model; what broke off is taken up again.')
    .argument(...reference)
    .argument('[folder]', 'Where to put it; the working folder unless given.')
    .option('--exist-ok', 'Write over what is there.')
    .action(act(download))
  addFlags(command.command('update'), describeFlags(Describe.shape))
    .description('Change description and tags, add properties.')
    .argument(...reference)
    .action(act(update))
  addYes(command.command('delete'))
    .description('Delete a version of a model that no image uses.')
    .argument('<name:version>', 'Model and version.')
    .action(act(remove))
}

function defineRegister(command: Command, act: Act): void {
  addFlags(command.command('register'), registerFlags)
    .description('Upload a file or a folder and register it as the next version of a model.')
    .argument('<path>', 'File or folder.')
    .action(act(register))
}

async function register(action: Action): Promise<void> {
  const fields = readFlags(action.options, registerFlags)
  if (fields['name'] === undefined) throw usageError('--name is missing', 'Name the model: --name NAME')
  const client = await action.connect()
  const source = path.resolve(action.world.workingFolder, argument(action, 0))
  // The flags are those of the schema, and each was checked against it.
  const model = { path: source, fields: fields as ModelFields }
  const { workspace, signal, progress, world } = action
  const onProgress = showTransfer(progress, world.now)
  showModel(action, await registerModel(client, model, { workspace, signal, onProgress }))
}

async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { workspace, signal } = action
  const items = await readList(action.options, filters, (query) =>
    client.models.list({ params: { workspace }, query }, { signal }),
  )
  const columns = ['name', 'version', 'size', 'framework', 'created', 'tags']
  action.show(items, { kind: 'table', columns, rows: items.map(rowOf) })
}

function rowOf({ name, version, spec, status, metadata }: Model): string[] {
  return [
    name,
    String(version),
    formatBytes(status.sizeBytes),
    frameworkOf(spec) ?? '',
    formatTime(metadata.createdAt) ?? '',
    formatPairs(metadata.tags) ?? '',
  ]
}

function frameworkOf({ framework, frameworkVersion }: Model['spec']): string | undefined {
  return framework === undefined ? undefined : [framework, frameworkVersion ?? ''].join(' ').trim()
}

async function show(action: Action): Promise<void> {
  showModel(action, await find(action))
}

async function find(action: Action): Promise<Model> {
  return await readModel(await action.connect(), { ...action, text: argument(action, 0) })
}

function showModel(action: Action, model: Model): void {
  const { metadata, spec, status } = model
  const pairs: [string, string | undefined][] = [
    ['model', formatReference(model.name, model.version)],
    ['description', metadata.description],
    ['framework', frameworkOf(spec)],
    ['files', String(spec.files.length)],
    ['size', formatBytes(status.sizeBytes)],
    ['digest', status.digest],
    ['scan', status.scan.verdict],
    ['found', formatList(status.scan.findings.map((finding) => `${finding.file}: ${finding.import}`))],
    ['written by', formatPairs(status.scan.writtenBy)],
    ['tags', formatPairs(metadata.tags)],
    ['properties', formatPairs(metadata.properties)],
    ['created', formatTime(metadata.createdAt)],
  ]
  action.show(model, { kind: 'details', pairs })
}

async function download(action: Action): Promise<void> {
  const client = await action.connect()
  const model = await readModel(client, { ...action, text: argument(action, 0) })
  const { workspace, signal, progress, world } = action
  const target = await downloadModel(client, model, {
    workspace,
    signal,
    onProgress: showTransfer(progress, world.now),
    targetFolder: path.resolve(world.workingFolder, action.args[1] ?? '.'),
    existOk: action.options['existOk'] === true,
  })
  action.show({ path: target }, { kind: 'lines', lines: [target] })
}

async function update(action: Action): Promise<void> {
  const body = readFlags(action.options, describeFlags(Describe.shape))
  const client = await action.connect()
  const { name, version } = await readModel(client, { ...action, text: argument(action, 0) })
  const params = { workspace: action.workspace, name, version }
  showModel(action, await client.models.update({ params, body }, { signal: action.signal }))
}

async function remove(action: Action): Promise<void> {
  const text = argument(action, 0)
  const params = requireVersion({ ...action, text })
  const client = await action.connect()
  await confirmLoss(action, `Delete model ${text} for good?`)
  await client.models.delete({ params }, { signal: action.signal })
  action.show({ deleted: `model/${text}` }, { kind: 'lines', lines: [`deleted model ${text}`] })
}
