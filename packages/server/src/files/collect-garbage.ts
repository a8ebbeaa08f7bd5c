/** Frees what no model, no image and no service needs any more: records, blobs, packages, and what was unpacked from them. */
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  ApiError,
  type Environment,
  type Image,
  type ImageSpec,
  type Model,
  type ModelSpec,
} from '@slipway/contract'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { keyOf, type Resource, type ResourceStore } from '../store/resource-store.ts'

export interface Garbage {
  store: ResourceStore
  blobs: BlobStore
  /** Removes installed packages; succeeds where there are none. */
  environments: { remove(hash: string, signal: AbortSignal): Promise<void> }
  /** Holds `apps/` and `models/`, folders named by digest. */
  cacheDir: string
  now(): Date
}

/** What was stored or offered again since then stays: somebody may be about to use it. */
export const graceMs = 24 * 60 * 60 * 1000

/** Documents may be large: those of environments hold every hash of every package. */
const pageSize = 50

export async function collectGarbage(garbage: Garbage, signal: AbortSignal): Promise<{ freedBytes: number }> {
  const olderThan = new Date(garbage.now().getTime() - graceMs)
  const needed = await whatIsNeeded(garbage.store, signal)
  await removeEnvironments(garbage, olderThan, signal)
  await removeModelLayers(garbage.store, { models: needed.models, olderThan }, signal)
  const { freedBytes } = await garbage.blobs.collect({
    inUse: (digest) => needed.digests.has(digest),
    olderThan,
    signal,
  })
  for (const kind of ['apps', 'models'])
    await sweep(path.join(garbage.cacheDir, kind), { needed: needed.digests, olderThan })
  return { freedBytes }
}

interface Needed {
  /** Of files, layers and unpacked models alike. */
  digests: Set<string>
  /** As `name:version/digest`, in whatever workspace. */
  models: Set<string>
}

async function whatIsNeeded(store: ResourceStore, signal: AbortSignal): Promise<Needed> {
  const digests = new Set<string>()
  const models = new Set<string>()
  for await (const model of everything<ModelSpec, Model['status']>(store, 'model', signal)) {
    const { name, version, spec, status } = model
    models.add(`${name}:${version}/${status.digest}`)
    digests.add(status.digest)
    for (const { digest } of spec.files) digests.add(digest)
  }
  for await (const { spec, status } of everything<ImageSpec, Image['status']>(store, 'image', signal)) {
    for (const { digest } of spec.files) digests.add(digest)
    for (const { digest } of status.layers) digests.add(digest)
  }
  return { digests, models }
}

/** Packages are shared by the workspaces. They go before the last record of them, so that what a crash leaves is found again. */
async function removeEnvironments(
  { store, environments }: Garbage,
  olderThan: Date,
  signal: AbortSignal,
): Promise<void> {
  for await (const record of everything<unknown, Environment['status']>(store, 'environment', signal)) {
    if (!(await isUnused(store, record, olderThan))) continue
    const same = await store.list({ kind: 'environment', name: record.name, limit: 2, order: 'oldest' })
    if (same.items.length === 1) await environments.remove(record.status.hash, signal)
    await removeUnlessTaken(store, record)
  }
}

/** What was computed for a model that is gone from every workspace. */
async function removeModelLayers(
  store: ResourceStore,
  { models, olderThan }: { models: ReadonlySet<string>; olderThan: Date },
  signal: AbortSignal,
): Promise<void> {
  for await (const layer of everything(store, 'model-layer', signal)) {
    if (models.has(layer.name)) continue
    if (await isUnused(store, layer, olderThan)) await removeUnlessTaken(store, layer)
  }
}

async function isUnused(store: ResourceStore, resource: Resource, olderThan: Date): Promise<boolean> {
  if (new Date(resource.metadata.updatedAt) >= olderThan) return false
  return (await store.users(keyOf(resource))).length === 0
}

async function removeUnlessTaken(store: ResourceStore, resource: Resource): Promise<void> {
  try {
    await store.remove(keyOf(resource), { ifRevision: resource.metadata.revision })
  } catch (error) {
    if (!(error instanceof ApiError) || !takenMeanwhile.has(error.code)) throw error
  }
}

const takenMeanwhile: ReadonlySet<string> = new Set(['not-found', 'in-use', 'precondition-failed'])

async function* everything<Spec, Status>(
  store: ResourceStore,
  kind: string,
  signal: AbortSignal,
): AsyncIterable<Resource<Spec, Status>> {
  let cursor: string | undefined
  do {
    signal.throwIfAborted()
    const page = await store.list<Spec, Status>({ kind, limit: pageSize, order: 'oldest', cursor })
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
