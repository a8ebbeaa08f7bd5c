/** Adding, changing, listing, rolling back and deleting versions of a service. */
import { VersionName, versionsOf, type Api } from '@slipway/contract'
import type { CallInput } from '@slipway/sdk'
import { argument, type Action } from '../action.ts'
import { showOperation } from '../commands/operation.ts'
import { confirmLoss } from '../confirm.ts'
import { usageError } from '../failure.ts'
import { readFlags } from '../flags/field-flags.ts'
import { finish } from '../wait.ts'
import { newVersionFlags, versionChangeFlags, versionSettingsFlags, versionUpdateFlags } from './flags.ts'
import { paramsOf, readService } from './read.ts'
import { withSample } from './sample.ts'
import { settle } from './settle.ts'
import { versionColumns, versionRow } from './version-view.ts'

type NewVersionBody = CallInput<Api['services']['createVersion']>['body']

export async function createVersion(action: Action): Promise<void> {
  const name = argument(action, 1)
  const named = VersionName.safeParse(name)
  if (!named.success) throw usageError(`the name of a version ${named.error.issues[0]?.message}, got ${name}`)
  const fields = await withSample(action, readFlags(action.options, newVersionFlags))
  if (fields['image'] === undefined) throw usageError('--image is missing', 'Name the image of the version.')
  const settings = readFlags(action.options, versionSettingsFlags)
  // Each flag was checked against the schema.
  const body = { ...fields, name, settings } as NewVersionBody
  const client = await action.connect()
  const input = { params: paramsOf(action), body }
  await settle(action, client, await client.services.createVersion(input, { signal: action.signal }))
}

export async function updateVersion(action: Action): Promise<void> {
  const fields = await withSample(action, readFlags(action.options, versionUpdateFlags))
  const settings = readFlags(action.options, versionChangeFlags)
  const body = { ...fields, ...(Object.keys(settings).length > 0 && { settings }) }
  if (Object.keys(body).length === 0) throw usageError('nothing to change was named')
  const client = await action.connect()
  const input = { params: versionParams(action), body }
  await settle(action, client, await client.services.updateVersion(input, { signal: action.signal }))
}

export async function listVersions(action: Action): Promise<void> {
  const { spec, status } = await readService(action, await action.connect())
  const versions = versionsOf(spec)
  const document = versions.map((version) => ({ ...version, status: status.versions[version.name] }))
  const rows = versions.map((version) => versionRow(version, status.versions[version.name]))
  action.show(document, { kind: 'table', columns: versionColumns, rows })
}

export async function rollbackVersion(action: Action): Promise<void> {
  const client = await action.connect()
  const input = { params: versionParams(action) }
  await settle(action, client, await client.services.rollbackVersion(input, { signal: action.signal }))
}

export async function removeVersion(action: Action): Promise<void> {
  const { name, version } = versionParams(action)
  const client = await action.connect()
  await confirmLoss(action, `Delete version ${version} of service ${name}? Its image and models stay.`)
  const input = { params: versionParams(action) }
  const operation = await client.services.deleteVersion(input, { signal: action.signal })
  if (action.options['wait'] === false) return showOperation(action, operation)
  await finish(action, client, operation)
  const deleted = { deleted: `service/${name}/versions/${version}` }
  action.show(deleted, { kind: 'lines', lines: [`deleted version ${version} of service ${name}`] })
}

function versionParams(action: Action): { workspace: string; name: string; version: string } {
  return { ...paramsOf(action), version: argument(action, 1) }
}
