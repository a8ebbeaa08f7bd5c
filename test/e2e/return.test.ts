/** Coming back: to a server that was stopped, with what is there already, and with requests that were sent before. */
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Image, LogEntry, Model, Service } from '@slipway/contract'
import { uploadFiles, walk } from '@slipway/sdk/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStage, type Stage } from '../support/stage.ts'

const script = `
from azureml.core.model import Model

def init():
    global weights
    with open(Model.get_model_path("weights")) as file:
        weights = file.read()
    print("loaded " + weights)

def run(raw_data):
    return weights + raw_data
`

describe('what was done once', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ depth: 6 })
    await stage.write('weights.txt', 'w1:')
    await stage.write('score.py', script)
  })
  afterAll(() => stage?.close())

  const register = () => stage.json<Model>(['model', 'register', 'weights.txt', '--name', 'weights'])
  const createImage = () =>
    stage.json<Image>([
      'image',
      'create',
      '--name',
      'shop',
      '--model',
      'weights:1',
      '--entry-script',
      'score.py',
    ])
  const blobs = async () =>
    (await readdir(path.join(stage.dataDir, 'blobs', 'sha256'), { recursive: true }))
      .filter((name) => name.includes('/'))
      .sort()
  const score = () => stage.output(['service', 'score', 'shop', '--data', 'x'])

  test('serves, from a data folder however deep', async () => {
    await register()
    await createImage()
    await stage.output(['service', 'deploy', 'shop', '--image', 'shop'])
    expect(await score()).toBe('"w1:x"')
  })

  test('a model registered again is the next version with the same content, stored once', async () => {
    const before = await blobs()
    const [first, second] = [await stage.json<Model>(['model', 'show', 'weights:1']), await register()]
    expect(second.version).toBe(2)
    expect(second.status.digest).toBe(first.status.digest)
    expect(await blobs()).toEqual(before)
  })

  test('an image built again from the same has the same digest and no new layer', async () => {
    const before = await blobs()
    const [first, second] = [await stage.json<Image>(['image', 'show', 'shop:1']), await createImage()]
    expect(second.version).toBe(2)
    expect(second.status.digest).toBe(first.status.digest)
    const digests = ({ status }: Image) => status.layers.map(({ kind, digest }) => `${kind} ${digest}`)
    expect(digests(second)).toEqual(digests(first))
    expect(second.status.layers.find(({ kind }) => kind === 'model')?.reused).toBe(true)
    expect(await blobs()).toEqual(before)
  })

  test('a request repeated with its key answers as the first did, also after a restart', async () => {
    const { files } = await walk(path.join(stage.folder, 'weights.txt'))
    const entries = await uploadFiles(stage.client, files, { workspace: 'default' })
    const send = () =>
      stage.client.models.register(
        { params: { workspace: 'default' }, body: { name: 'once', layout: 'file', files: entries } },
        { headers: { 'idempotency-key': 'registration-1' } },
      )
    const first = await send()
    expect(await send()).toEqual(first)
    await stage.server.stop()
    await stage.start()
    expect(await send()).toEqual(first)
    expect(await stage.json<Model[]>(['model', 'list', '--name', 'once'])).toHaveLength(1)
  })

  test('all is as it was after a stop and a start: lists, keys, log, token, addresses, reply', async () => {
    const look = async () => {
      const service = await stage.json<Service>(['service', 'show', 'shop'])
      return {
        models: await stage.json(['model', 'list']),
        images: await stage.json(['image', 'list']),
        environments: await stage.json(['environment', 'list']),
        keys: await stage.json(['service', 'keys', 'shop']),
        spec: service.spec,
        uid: service.metadata.uid,
        scoringUri: service.status.scoringUri,
        served: service.status.serving?.servedSince,
        token: stage.server.token,
      }
    }
    const before = await look()
    const log = await stage.json<LogEntry[]>(['service', 'logs', 'shop'])
    await stage.server.stop()
    await stage.start()
    expect(await look()).toEqual(before)
    const logNow = await stage.json<LogEntry[]>(['service', 'logs', 'shop'])
    expect(logNow.slice(0, log.length)).toEqual(log)
    expect(await score()).toBe('"w1:x"')
  })

  test('what can be made again is made again when it was deleted while the server was stopped', async () => {
    await stage.server.stop()
    for (const folder of ['cache', 'run', 'environments']) {
      await rm(path.join(stage.dataDir, folder), { recursive: true })
    }
    await stage.start()
    const healthy = await stage.json<Service>(['service', 'update', 'shop', '--image', 'shop:2'])
    expect(healthy.status.state).toBe('Healthy')
    expect(await score()).toBe('"w1:x"')
  })

  test('is deleted in order: what is in use stays, and says who uses it', async () => {
    const attempt = await stage.slipway(['model', 'delete', 'weights:1'])
    expect(attempt.code).toBe(4)
    expect(attempt.stderr).toContain('used by image/shop:1')
    await stage.output(['service', 'delete', 'shop'])
    for (const image of ['shop:1', 'shop:2']) await stage.output(['image', 'delete', image])
    for (const model of ['weights:1', 'weights:2', 'once:1']) await stage.output(['model', 'delete', model])
    for (const noun of ['model', 'image', 'service']) expect(await stage.json([noun, 'list'])).toEqual([])
  })
})
