/** Images as they are unpacked on this machine: models whole, read-only, and made again when damaged. */
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EnvironmentSpec, type Image, type ImageSpec } from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { openFileBlobStore } from '../store/blobs/files/file-blob-store.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { applicationLayer } from './application-layer.ts'
import { createBundles, type Bundles } from './bundles.ts'
import type { ImageResource } from './image-document.ts'

const workspace = 'default'
const environment = 'env-0123456789abcdef'
const signal = new AbortController().signal

let folder: string
let store: ResourceStore
let blobs: BlobStore
let bundles: Bundles

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bundles-'))
  store = createMemoryStore()
  blobs = await openFileBlobStore(path.join(folder, 'blobs'))
  const openEnvironment = async () => ({ siteDir: 'site', python: 'python' })
  bundles = createBundles({ store, blobs, cacheDir: path.join(folder, 'cache'), openEnvironment })
  await store.create({ kind: 'environment', workspace, name: environment, spec: {}, status: {} })
})

afterEach(async () => {
  await store.close()
  await blobs.close()
  await rm(folder, { recursive: true, force: true })
})

async function aFile(name: string, text: string, executable = false) {
  const { digest, sizeBytes } = await blobs.put(Buffer.from(text))
  return { path: name, digest, sizeBytes, executable }
}

/** An image with one model, of a weights file and a program. */
async function anImage(variables: Record<string, string> = {}): Promise<ImageResource> {
  const files = [await aFile('weights.bin', 'weights'), await aFile('bin/convert', '#!/bin/sh', true)]
  const status = { digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 16, scan: {}, conditions: [] }
  await store.createVersion({
    kind: 'model',
    workspace,
    name: 'm',
    spec: { layout: 'folder', files },
    status,
  })
  const spec: ImageSpec = {
    entryScript: 'score.py',
    files: [await aFile('score.py', 'def init(): pass')],
    models: ['m:1'],
    environment: EnvironmentSpec.parse({}),
    enableGpu: false,
  }
  const layers = [await applicationLayer(blobs, spec, signal)]
  const built = { state: 'Succeeded', digest: `sha256:${'b'.repeat(64)}`, environment, layers, variables }
  const rest = { provided: [], warnings: [], conditions: [] }
  return store.createVersion<ImageSpec, Image['status']>({
    kind: 'image',
    workspace,
    name: 'i',
    spec,
    status: { ...built, ...rest },
  })
}

async function openModel(image: ImageResource): Promise<string> {
  const { bundle } = await bundles.open(image, signal)
  return bundle.models[0]?.path ?? ''
}

describe('an opened image', () => {
  test('brings the variables of its own conda file', async () => {
    const { variables } = await bundles.open(await anImage({ COLOUR: 'red' }), signal)
    expect(variables).toEqual({ COLOUR: 'red' })
  })

  test('has models that cannot be written to, with programs that run', async () => {
    const model = await openModel(await anImage())
    const modes = ['weights.bin', 'bin/convert'].map(
      async (name) => (await stat(path.join(model, name))).mode,
    )
    expect((await Promise.all(modes)).map((mode) => (mode & 0o777).toString(8))).toEqual(['444', '555'])
  })

  test.each([
    ['was written to', (file: string) => appendFile(file, 'more')],
    ['was removed', (file: string) => unlink(file)],
  ])('makes a model anew of which a file %s', async (_, damage) => {
    const image = await anImage()
    const file = path.join(await openModel(image), 'weights.bin')
    // Root writes where it likes; everybody else has to take the protection away first.
    await chmod(path.dirname(file), 0o755)
    await chmod(file, 0o644)
    await damage(file)
    expect(path.join(await openModel(image), 'weights.bin')).toBe(file)
    expect(await readFile(file, 'utf8')).toBe('weights')
    expect(await readdir(path.join(folder, 'cache', 'models'))).toHaveLength(1)
  })

  test('leaves a model alone that is whole', async () => {
    const image = await anImage()
    const { ino } = await stat(await openModel(image))
    expect((await stat(await openModel(image))).ino).toBe(ino)
  })
})
