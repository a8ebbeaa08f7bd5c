/** Fills a workspace with one of everything, and says by which names and bodies the fuzzer reaches it. */
import { createHash } from 'node:crypto'
import type { FileEntry, Operation } from '@slipway/contract'
import { waitForOperation, type Client } from '@slipway/sdk'
import { registerModel, uploadFiles, walk } from '@slipway/sdk/node'
import type { Stage } from '../../support/stage.ts'

/** All by the id of the operation. */
export interface KnownResources {
  params: Record<string, object[]>
  queries: Record<string, object[]>
  headers: Record<string, object[]>
  /** Parts of a body that have to be right. */
  bodies: Record<string, object[]>
}

const workspace = 'default'
const params = { workspace }
const script = 'def init():\n    pass\n\n\ndef run(data):\n    return data\n'

/** What may be deleted; all else stays to the end. */
const spares = ['spare-1', 'spare-2', 'spare-3']

export async function knownResources(stage: Stage): Promise<KnownResources> {
  const { client } = stage
  const models = await makeModels(stage)
  const image = { entryScript: 'score.py', files: await scriptFiles(stage), models: ['echo:1'] }
  for (const name of [...spares, 'echo']) await buildImage(client, { ...image, name })
  for (const name of [...spares, 'echo']) await deployService(client, name)
  await deployVersions(client)
  const { items: environments } = await client.environments.list({ params })
  const { items: operations } = await client.operations.list({ params })
  const uploads = await startUploads(client)
  return {
    params: {
      ...addresses,
      'files.getUpload': uploads.map(({ id }) => ({ workspace, upload: id })),
      'files.sendPart': uploads.map(({ id }) => ({ workspace, upload: id })),
      'environments.get': environments.map(({ name }) => ({ workspace, name })),
      'operations.get': operations.map(({ name }) => ({ workspace, name })),
    },
    queries: { 'models.download': [{ path: 'weights.txt' }] },
    headers: { 'files.sendPart': [{ 'upload-offset': '0' }] },
    bodies: {
      'files.missing': [{ digests: models.map(({ digest }) => digest) }],
      'models.register': [
        { layout: 'folder', files: models },
        { name: 'echo', layout: 'file', files: models },
      ],
      'images.create': [
        { ...image, environment: {} },
        { ...image, name: 'echo' },
      ],
      'services.deploy': [{ image: 'echo' }, { name: 'echo', image: 'echo' }],
      'services.update': [{ image: 'echo:1' }],
      'services.createVersion': ['v7', 'v8', 'v9'].map((name) => ({ name, image: 'echo:1', settings: {} })),
      'services.updateVersion': [{ image: 'echo:1', settings: {} }],
      // A gateway that stays is one that others wait for.
      'gateways.report': [{ leaving: true }],
    },
  }
}

const inWorkspace = { workspace }
const one = { workspace, name: 'echo' }
const version = { ...one, version: 1 }
const guarded = { workspace, name: 'guarded' }
/** Versions of the service `echo` that may go. */
const spareNames = ['v3', 'v4', 'v5']
const spareVersions = spares.map((name) => ({ workspace, name, version: 1 }))

const addresses: Record<string, object[]> = {
  'workspaces.get': [inWorkspace],
  'files.missing': [inWorkspace],
  'files.startUpload': [inWorkspace],
  'models.register': [inWorkspace],
  'models.list': [inWorkspace],
  'models.latest': [one],
  'models.get': [version],
  'models.update': [version],
  'models.download': [version],
  'models.delete': spareVersions,
  'environments.list': [inWorkspace],
  'images.create': [inWorkspace],
  'images.list': [inWorkspace],
  'images.latest': [one],
  'images.get': [version],
  'images.logs': [version],
  'images.delete': spareVersions,
  'services.deploy': [inWorkspace],
  'services.list': [inWorkspace],
  'services.get': [one],
  'services.update': [one],
  'services.rollback': [one],
  'services.delete': spares.map((name) => ({ workspace, name })),
  'services.createVersion': [one],
  'services.updateVersion': [{ ...one, version: 'v2' }],
  'services.rollbackVersion': [{ ...one, version: 'v2' }],
  'services.deleteVersion': spareNames.map((name) => ({ ...one, version: name })),
  'services.token': [guarded],
  'services.revokeTokens': [guarded],
  'services.keys': [one],
  'services.regenerateKey': [one],
  'services.logs': [one],
  'services.why': [one],
  'operations.list': [inWorkspace],
}

async function makeModels(stage: Stage): Promise<FileEntry[]> {
  const weights = await stage.write('weights.txt', 'weights')
  for (const name of [...spares, 'echo']) {
    await registerModel(stage.client, { path: weights, fields: { name, tags: { made: 'by hand' } } }, params)
  }
  const { spec } = await stage.client.models.latest({ params: { workspace, name: 'echo' } })
  return spec.files
}

async function scriptFiles(stage: Stage): Promise<FileEntry[]> {
  const { files } = await walk(await stage.write('score.py', script), {})
  return await uploadFiles(stage.client, files, params)
}

type NewImage = Parameters<Client['images']['create']>[0]['body']

async function buildImage(client: Client, body: NewImage): Promise<void> {
  await finished(client, await client.images.create({ params, body }))
}

/** Updated once, so that there is something to roll back to. Those that may go use images that may not. */
async function deployService(client: Client, name: string): Promise<void> {
  await finished(client, await client.services.deploy({ params, body: { name, image: 'echo:1' } }))
  if (name !== 'echo') return
  const body = { settings: { scoringTimeoutMs: 1000 } }
  await finished(client, await client.services.update({ params: { workspace, name }, body }))
}

/** As with services: one that was updated, and some that may go; and a service that asks for tokens. */
async function deployVersions(client: Client): Promise<void> {
  const image = 'echo:1'
  for (const name of ['v2', ...spareNames]) {
    await finished(client, await client.services.createVersion({ params: one, body: { name, image } }))
  }
  const body = { settings: { scoringTimeoutMs: 2000 } }
  await finished(client, await client.services.updateVersion({ params: { ...one, version: 'v2' }, body }))
  const settings = { tokenAuthEnabled: true }
  await finished(client, await client.services.deploy({ params, body: { name: 'guarded', image, settings } }))
}

async function finished(client: Client, { name }: Operation): Promise<void> {
  await waitForOperation(client, { workspace, name }, { signal: AbortSignal.timeout(120_000) })
}

/** Many, as an upload is gone when it was sent something wrong. */
async function startUploads(client: Client) {
  const contents = Array.from({ length: 20 }, (_, index) => `content ${index}`.repeat(1000))
  const announced = contents.map((content) => ({
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    sizeBytes: content.length,
  }))
  return await Promise.all(announced.map((body) => client.files.startUpload({ params, body })))
}
