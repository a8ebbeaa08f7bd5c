/** What a crash can leave of a build is put right at the next look. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Image, ImageSpec, Operation } from '@slipway/contract'
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

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'images-'))
  feature = {
    store: createMemoryStore(),
    blobs: await openFileBlobStore(path.join(folder, 'blobs')),
    logs: await openLogStore(path.join(folder, 'logs')),
    ensureEnvironment: () => Promise.reject(new Error('nothing is to be built')),
    now: () => new Date('2019-05-06T07:08:09Z'),
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
): Promise<{ image: ImageResource; operation: string }> {
  const spec = { entryScript: 'score.py', files: [], models: [] }
  const whole = { layers: [], warnings: [], conditions: [], ...status }
  const image = await feature.store.createVersion<ImageSpec, Image['status']>({ ...key, spec, status: whole })
  const operation = await feature.store.transaction((tx) =>
    beginOperation(tx, { action: 'image-create', target: { ...key, kind: 'image' }, targetGeneration: 1 }),
  )
  return { image, operation: operation.name }
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
})
