/** The client against real servers, one for each database: from a file to a reply, and back to nothing. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Change } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../../test/support/postgres.ts'
import { openStage, type Stage } from '../../../test/support/stage.ts'
import { listAll, score, waitForOperation, type Client } from '../src/index.ts'
import { downloadModel, registerModel, uploadFiles, walk } from '../src/node/index.ts'

const workspace = 'default'
const params = { workspace }
const echo = { workspace, name: 'echo' }

const script = `
import json
import os


def init():
    global weights
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.txt")) as file:
        weights = file.read()


def run(data):
    return {"weights": weights, "data": json.loads(data)["data"]}
`

const postgres = await startPostgres()

afterAll(() => ('stop' in postgres ? postgres.stop() : undefined))

describe('the client of a server on SQLite', () => {
  tellStory([])
})

const skipped = 'skipped' in postgres ? postgres.skipped : undefined

describe.skipIf(skipped)(`the client of a server on PostgreSQL${skipped ? ` (${skipped})` : ''}`, () => {
  tellStory('url' in postgres ? ['--database', postgres.url] : [])
})

function tellStory(flags: readonly string[]): void {
  let stage: Stage
  let client: Client

  beforeAll(async () => {
    stage = await openStage({ flags })
    client = stage.client
  })

  afterAll(() => stage?.close())

  const finished = async ({ name }: { name: string }) =>
    waitForOperation(client, { workspace, name }, { signal: AbortSignal.timeout(120_000) })

  test('registers a model, which comes back as it went', async () => {
    const file = await stage.write('weights.txt', 'seven')
    const tags = { 'what is this?': '\u0000 🚢' }
    const model = await registerModel(client, { path: file, fields: { name: 'echo', tags } }, { workspace })
    expect(model).toMatchObject({ name: 'echo', version: 1, metadata: { tags } })
    expect(await client.models.get({ params: { ...echo, version: 1 } })).toEqual(model)
    const targetFolder = path.join(stage.folder, 'back')
    const copy = await downloadModel(client, model, { workspace, targetFolder })
    expect(await readFile(copy, 'utf8')).toBe('seven')
  })

  test('builds an image of it', async () => {
    const { files } = await walk(await stage.write('score.py', script), {})
    const body = {
      name: 'echo',
      entryScript: 'score.py',
      files: await uploadFiles(client, files, { workspace }),
      models: ['echo'],
    }
    const started = await client.images.create({ params, body })
    expect(await finished(started)).toMatchObject({ status: { state: 'Succeeded' } })
    const image = await client.images.latest({ params: echo })
    expect(image).toMatchObject({ version: 1, spec: { models: ['echo:1'] }, status: { state: 'Succeeded' } })
    const { items } = await client.images.logs({ params: { ...echo, version: 1 } })
    expect(items.at(-1)?.text).toBe('The image is ready.')
  })

  test('deploys a service that answers', async () => {
    await finished(await client.services.deploy({ params, body: { name: 'echo', image: 'echo' } }))
    const [{ status }, { primaryKey: key }] = await Promise.all([
      client.services.get({ params: echo }),
      client.services.keys({ params: echo }),
    ])
    const request = { scoringUri: status.scoringUri, body: JSON.stringify({ data: [1, 2] }) }
    const reply = await score({ ...request, key })
    expect(JSON.parse(reply.text())).toEqual({ weights: 'seven', data: [1, 2] })
    expect((await score(request)).status).toBe(401)
  })

  test('finds what is there by its filters', async () => {
    const models = await Array.fromAsync(
      listAll((cursor) => client.models.list({ params, query: { tag: 'what is this?', limit: 1, cursor } })),
    )
    expect(models.map(({ name }) => name)).toEqual(['echo'])
    const { items } = await client.services.list({ params, query: { image: 'echo' } })
    expect(items.map(({ name }) => name)).toEqual(['echo'])
    expect((await client.images.list({ params, query: { model: 'other' } })).items).toEqual([])
  })

  test('changes only what nobody has changed meanwhile', async () => {
    const { metadata } = await client.models.latest({ params: echo })
    const change = (text: string) =>
      client.models.update(
        { params: { ...echo, version: 1 }, body: { description: text } },
        { headers: { 'if-match': String(metadata.revision) } },
      )
    const changes = await Promise.allSettled([change('one'), change('two')])
    const failed = changes.filter((outcome) => outcome.status === 'rejected')
    expect(failed.map(({ reason }: PromiseRejectedResult) => reason as unknown)).toMatchObject([
      { code: 'precondition-failed' },
    ])
  })

  test('is told who uses what it wants to delete', async () => {
    const version = { ...echo, version: 1 }
    await expect(client.models.delete({ params: version })).rejects.toMatchObject({
      code: 'in-use',
      users: ['image/echo:1'],
    })
  })

  test('deletes all of it, and the watch saw it go', async () => {
    const { items } = await client.operations.list({ params, query: { limit: 1 } })
    const after = items[0]?.metadata.revision ?? 0
    await finished(await client.services.delete({ params: echo }))
    await client.images.delete({ params: { ...echo, version: 1 } })
    await client.models.delete({ params: { ...echo, version: 1 } })
    expect(await deletionsAfter(client, after)).toEqual(['service echo', 'image echo', 'model echo'])
    for (const noun of ['models', 'images', 'services'] as const) {
      expect((await client[noun].list({ params })).items).toEqual([])
    }
    expect(await stage.workers()).toEqual([])
  })
}

async function deletionsAfter(client: Client, after: number): Promise<string[]> {
  const seen: string[] = []
  const changes: AsyncIterable<Change> = client.server.watch({ params, query: { after } })
  for await (const { type, resource } of changes) {
    if (type === 'delete') seen.push(`${resource.kind} ${resource.name}`)
    if (seen.at(-1) === 'model echo') break
  }
  return seen
}
