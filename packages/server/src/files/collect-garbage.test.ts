/** What nobody uses goes, once it is old; what is used or new stays. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { openFileBlobStore } from '../store/blobs/files/file-blob-store.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceKey, ResourceStore } from '../store/resource-store.ts'
import { collectGarbage, graceMs, type Garbage } from './collect-garbage.ts'

const signal = new AbortController().signal

let folder: string
let store: ResourceStore
let blobs: BlobStore
/** Hashes of the environments whose packages were removed. */
let removed: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'garbage-'))
  store = createMemoryStore()
  blobs = await openFileBlobStore(path.join(folder, 'blobs'))
  removed = []
})

afterEach(async () => {
  await store.close()
  await blobs.close()
  await rm(folder, { recursive: true, force: true })
})

/** Looks at garbage when everything that exists now is as old as this. */
async function collectAfter(ms: number, changes: Partial<Garbage> = {}): Promise<void> {
  const environments = { remove: async (hash: string) => void removed.push(hash) }
  const now = () => new Date(Date.now() + ms)
  await collectGarbage({ store, blobs, environments, cacheDir: folder, now, ...changes }, signal)
}

async function anEnvironment(digits: string, workspace = 'default'): Promise<ResourceKey> {
  const key = { kind: 'environment', workspace, name: `env-${digits}` }
  await store.create({ ...key, spec: {}, status: { hash: digits } })
  return key
}

async function anImage(uses: ResourceKey[]): Promise<ResourceKey> {
  const key = { kind: 'image', workspace: 'default', name: 'img', version: 1 }
  await store.createVersion({ ...key, spec: { files: [] }, status: { layers: [] }, uses })
  return key
}

async function kept(kind: string): Promise<string[]> {
  const page = await store.list({ kind, limit: 1000, order: 'oldest' })
  return page.items.map(({ name }) => name)
}

const old = graceMs + 1000

describe('an environment', () => {
  test('that no image uses is removed with its packages, once it is old', async () => {
    await anEnvironment('a')
    await collectAfter(graceMs - 60_000)
    expect([await kept('environment'), removed]).toEqual([['env-a'], []])
    await collectAfter(old)
    expect([await kept('environment'), removed]).toEqual([[], ['a']])
  })

  test('stays as long as an image uses it', async () => {
    const image = await anImage([await anEnvironment('a')])
    await collectAfter(old)
    expect([await kept('environment'), removed]).toEqual([['env-a'], []])
    await store.remove(image)
    await collectAfter(old)
    expect([await kept('environment'), removed]).toEqual([[], ['a']])
  })

  test('leaves its packages to the one of another workspace', async () => {
    await anImage([await anEnvironment('a', 'default')])
    await anEnvironment('a', 'other')
    await collectAfter(old)
    const page = await store.list({ kind: 'environment', limit: 2, order: 'oldest' })
    expect(page.items.map(({ metadata }) => metadata.workspace)).toEqual(['default'])
    expect(removed).toEqual([])
  })

  test('is found again when its packages could not be removed', async () => {
    await anEnvironment('a')
    const environments = { remove: () => Promise.reject(new Error('the disk is gone')) }
    await expect(collectAfter(old, { environments })).rejects.toThrow('the disk is gone')
    await collectAfter(old)
    expect([await kept('environment'), removed]).toEqual([[], ['a']])
  })

  test('that is taken while it is being removed stays', async () => {
    const key = await anEnvironment('a')
    const environments = {
      remove: async () => void (await store.update(key, ({ status }) => ({ status }))),
    }
    await collectAfter(old, { environments })
    expect(await kept('environment')).toEqual(['env-a'])
  })

  test('is one of many, and they are read in small pages', async () => {
    for (let index = 0; index < 120; index += 1) await anEnvironment(String(index))
    const list = vi.spyOn(store, 'list')
    await collectAfter(old)
    expect(removed).toHaveLength(120)
    expect(Math.max(...list.mock.calls.map(([{ limit }]) => limit))).toBe(50)
  })
})

describe('the layer of a model', () => {
  test('is forgotten once its model is gone from every workspace', async () => {
    const model = { kind: 'model', workspace: 'other', name: 'm' }
    const layer = { kind: 'model-layer', workspace: 'shared', status: {}, spec: {} }
    await store.createVersion({ ...model, spec: { files: [] }, status: { digest: 'sha256:1' } })
    await store.create({ ...layer, name: 'm:1/sha256:1' })
    await store.create({ ...layer, name: 'm:1/sha256:2' })
    await collectAfter(old)
    expect(await kept('model-layer')).toEqual(['m:1/sha256:1'])
    await store.remove({ ...model, version: 1 })
    await collectAfter(graceMs - 60_000)
    expect(await kept('model-layer')).toEqual(['m:1/sha256:1'])
    await collectAfter(old)
    expect(await kept('model-layer')).toEqual([])
  })
})
