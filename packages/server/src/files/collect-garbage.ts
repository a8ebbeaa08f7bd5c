/** Frees what no model and no image needs any more: blobs, and what was unpacked from them. */
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Image, ImageSpec, Model, ModelSpec } from '@slipway/contract'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import type { Resource, ResourceStore } from '../store/resource-store.ts'

export interface Garbage {
  store: ResourceStore
  blobs: BlobStore
  /** Holds `apps/` and `models/`, folders named by digest. */
  cacheDir: string
  now(): Date
}

/** What was stored or offered again since then stays: somebody may be about to register it. */
export const graceMs = 24 * 60 * 60 * 1000

export async function collectGarbage(garbage: Garbage, signal: AbortSignal): Promise<{ freedBytes: number }> {
  const olderThan = new Date(garbage.now().getTime() - graceMs)
  const needed = await digestsInUse(garbage.store)
  const { freedBytes } = await garbage.blobs.collect({
    inUse: (digest) => needed.has(digest),
    olderThan,
    signal,
  })
  for (const kind of ['apps', 'models']) await sweep(path.join(garbage.cacheDir, kind), { needed, olderThan })
  return { freedBytes }
}

/** Of files, layers and unpacked models alike. */
async function digestsInUse(store: ResourceStore): Promise<Set<string>> {
  const digests = new Set<string>()
  for await (const { spec, status } of everything<ModelSpec, Model['status']>(store, 'model')) {
    digests.add(status.digest)
    for (const { digest } of spec.files) digests.add(digest)
  }
  for await (const { spec, status } of everything<ImageSpec, Image['status']>(store, 'image')) {
    for (const { digest } of spec.files) digests.add(digest)
    for (const { digest } of status.layers) digests.add(digest)
  }
  return digests
}

async function* everything<Spec, Status>(
  store: ResourceStore,
  kind: string,
): AsyncIterable<Resource<Spec, Status>> {
  let cursor: string | undefined
  do {
    const page = await store.list<Spec, Status>({ kind, limit: 500, order: 'oldest', cursor })
    yield* page.items
    cursor = page.next
  } while (cursor !== undefined)
}

async function sweep(
  folder: string,
  { needed, olderThan }: { needed: Set<string>; olderThan: Date },
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (needed.has(`sha256:${name}`)) continue
    const { mtime } = await stat(path.join(folder, name))
    if (mtime < olderThan) await rm(path.join(folder, name), { recursive: true, force: true })
  }
}
