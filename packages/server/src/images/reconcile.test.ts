/** Builds, those that break, that a crash cut off, or whose image is deleted. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  ApiError,
  type Environment,
  type EnvironmentSpec,
  type Image,
  type ImageSpec,
  type Operation,
} from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { beginOperation } from '../reconcile/operation-records.ts'
import { openFileBlobStore } from '../store/blobs/files/file-blob-store.ts'
import { openLogStore } from '../store/logs/file-log-store.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { buildLogKey, imageKey, type ImageResource } from './image-document.ts'
import { reconcileImage, type ImageReconciler } from './reconcile.ts'

const key = imageKey({ workspace: 'default', name: 'img', version: 1 })
const signal = new AbortController().signal

let folder: string
let feature: ImageReconciler
let faults: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'images-'))
  faults = []
  feature = {
    store: createMemoryStore(),
    blobs: await openFileBlobStore(path.join(folder, 'blobs')),
    logs: await openLogStore(path.join(folder, 'logs')),
    ensureEnvironment: () => Promise.reject(new Error('nothing is to be built')),
    now: () => new Date('2019-05-06T07:08:09Z'),
    onError: (_message, error) => faults.push(error),
  }
})

afterEach(async () => {
  await feature.logs.close()
  await feature.blobs.close()
  await feature.store.close()
  await rm(folder, { recursive: true, force: true })
})

/** An image as it is when the server crashed between writing its status and closing its operation. */
async function leaveImage(
  status: Partial<Image['status']>,
  { models = [] }: { models?: string[] } = {},
): Promise<{ image: ImageResource; operation: string }> {
  const spec = { entryScript: 'score.py', files: [], models }
  const whole = { layers: [], variables: {}, provided: [], warnings: [], conditions: [], ...status }
  const image = await feature.store.createVersion<ImageSpec, Image['status']>({ ...key, spec, status: whole })
  const operation = await feature.store.transaction((tx) =>
    beginOperation(tx, { action: 'image-create', target: { ...key, kind: 'image' }, targetGeneration: 1 }),
  )
  return { image, operation: operation.name }
}

/** What a conda file without anything in it comes to. */
async function anEnvironment() {
  const environmentKey = { kind: 'environment', workspace: 'default', name: 'env-0123456789abcdef' }
  const python = { version: '3.12.1', path: 'python' }
  const status = { state: 'Succeeded', hash: 'abc', python, packages: [], provided: [], warnings: [] }
  const known = await feature.store.find<EnvironmentSpec, Environment['status']>(environmentKey)
  const draft = { ...environmentKey, spec: {}, status: { ...status, conditions: [] } }
  const resource = known ?? (await feature.store.create<EnvironmentSpec, Environment['status']>(draft))
  const environment: Environment = { ...resource, kind: 'environment' }
  return { environment, variables: {}, provided: [], warnings: [] }
}

async function statusOf(version = 1): Promise<Image['status']> {
  return (await feature.store.get<ImageSpec, Image['status']>({ ...key, version })).status
}

async function outcomeOf(name: string): Promise<Operation['status']> {
  const { status } = await feature.store.get<unknown, Operation['status']>({ ...operationKey, name })
  return status
}

const operationKey = { kind: 'operation', workspace: 'default' }

describe('an image whose build had ended when the server crashed', () => {
  test.each([
    ['Succeeded', undefined, 'The image is ready.'],
    ['Failed', { code: 'unsatisfiable', message: 'no such package' }, 'The image was not built.'],
  ] as const)('as %s has its operation and its log ended', async (state, error, lastLine) => {
    const { image, operation } = await leaveImage({ state, ...(error && { error }) })
    await reconcileImage(feature, key, signal)
    expect(await outcomeOf(operation)).toMatchObject({ state, finishedAt: '2019-05-06T07:08:09.000Z' })
    expect((await outcomeOf(operation)).error).toEqual(error)
    expect(await feature.logs.read(buildLogKey(image.metadata.uid))).toMatchObject([{ text: lastLine }])
  })

  test('is left alone once that is done', async () => {
    const { image } = await leaveImage({ state: 'Succeeded' })
    await reconcileImage(feature, key, signal)
    const revision = await feature.store.revision()
    await reconcileImage(feature, key, signal)
    expect(await feature.store.revision()).toBe(revision)
    expect(await feature.logs.read(buildLogKey(image.metadata.uid))).toHaveLength(1)
  })
})

describe('a build that breaks', () => {
  test('ends its log before its operation, so that who waited finds all of it', async () => {
    const { operation } = await leaveImage({ state: 'NotStarted' })
    const append = vi.spyOn(feature.logs, 'append')
    const update = vi.spyOn(feature.store, 'update')
    await expect(reconcileImage(feature, key, signal)).rejects.toThrow('nothing is to be built')
    expect(append.mock.calls.at(-1)?.[1]).toMatchObject([{ text: 'The image was not built.' }])
    expect(update.mock.calls.at(-1)?.[0]).toMatchObject({ kind: 'operation', name: operation })
    expect(append.mock.invocationCallOrder.at(-1)).toBeLessThan(update.mock.invocationCallOrder.at(-1) ?? 0)
    expect(await outcomeOf(operation)).toMatchObject({ state: 'Failed', error: { code: 'internal' } })
  })

  test.each(['environment', 'layers'] as const)('says that it did so at the stage %s', async (stage) => {
    await leaveImage({ state: 'NotStarted' }, { models: ['gone:1'] })
    if (stage === 'layers') feature.ensureEnvironment = () => anEnvironment()
    else feature.ensureEnvironment = () => Promise.reject(new ApiError('unsatisfiable', 'no such package'))
    await reconcileImage(feature, key, signal)
    expect(await statusOf()).toMatchObject({ state: 'Failed', stage })
  })

  test('says what broke also where its log cannot be written, and reports that once', async () => {
    const { operation } = await leaveImage({ state: 'NotStarted' })
    vi.spyOn(feature.logs, 'append').mockRejectedValue(new Error('the disk is full'))
    feature.ensureEnvironment = async ({ log }) => {
      log('resolving')
      log('resolved')
      throw new ApiError('unsatisfiable', 'no such package')
    }
    await reconcileImage(feature, key, signal)
    expect(await outcomeOf(operation)).toMatchObject({ state: 'Failed', error: { code: 'unsatisfiable' } })
    expect(faults).toEqual([new Error('the disk is full')])
  })
})

describe('an image that is deleted', () => {
  const deleted = { state: 'Cancelled', error: { code: 'not-found', message: 'the image was deleted' } }

  test('before its build has its operation cancelled', async () => {
    const { operation } = await leaveImage({ state: 'NotStarted' })
    await feature.store.remove(key)
    await reconcileImage(feature, key, signal)
    expect(await outcomeOf(operation)).toMatchObject(deleted)
  })

  test('during its build has it aborted and its operation cancelled, and leaves no log', async () => {
    const { image, operation } = await leaveImage({ state: 'NotStarted' })
    feature.ensureEnvironment = async ({ log }, ended) => {
      log('resolving')
      await feature.store.remove(key)
      await feature.logs.remove(buildLogKey(image.metadata.uid))
      log('installing')
      if (!ended.aborted) await once(ended, 'abort')
      log('ended by a signal')
      throw new Error('aborted')
    }
    await reconcileImage(feature, key, signal)
    expect(await outcomeOf(operation)).toMatchObject(deleted)
    expect(await feature.logs.read(buildLogKey(image.metadata.uid))).toEqual([])
    expect(faults).toEqual([])
  })

  test('at the very end of its build has its operation cancelled', async () => {
    const { image, operation } = await leaveImage({ state: 'NotStarted' })
    feature.ensureEnvironment = async ({ log }) => {
      log('resolving')
      await feature.store.remove(key)
      throw new ApiError('unsatisfiable', 'no such package')
    }
    await reconcileImage(feature, key, signal)
    expect(await outcomeOf(operation)).toMatchObject(deleted)
    expect(await feature.logs.read(buildLogKey(image.metadata.uid))).toEqual([])
  })
})

describe('an image that is built', () => {
  test('keeps for itself what its conda file says', async () => {
    await leaveImage({ state: 'NotStarted' })
    const said = { variables: { A: '1' }, provided: ['azureml-defaults'], warnings: ['another Python'] }
    feature.ensureEnvironment = async () => ({ ...(await anEnvironment()), ...said })
    await reconcileImage(feature, key, signal)
    expect(await statusOf()).toMatchObject({ state: 'Succeeded', ...said })
  })

  test('has another digest when its conda file sets another variable, whatever their order', async () => {
    const files: Record<string, string>[] = [{ A: '1', B: '2' }, { B: '2', A: '1' }, { A: '1' }, {}]
    const digests = []
    for (const variables of files) {
      await leaveImage({ state: 'NotStarted' })
      feature.ensureEnvironment = async () => ({ ...(await anEnvironment()), variables })
      await reconcileImage(feature, { ...key, version: digests.length + 1 }, signal)
      digests.push((await statusOf(digests.length + 1)).digest)
    }
    expect(digests[1]).toBe(digests[0])
    expect(new Set(digests).size).toBe(3)
  })
})
