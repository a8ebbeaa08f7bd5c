/** Images: taken in and queued for their build, listed, read, their logs, deleted when no service uses them. */
import {
  ApiError,
  type EnvironmentSpec,
  type Image,
  type ImageSpec,
  type NewImage,
  type Operation,
  formatReference,
  parseReference,
} from '@slipway/contract'
import type * as z from 'zod'
import type { NounHandlers } from '../http/handlers.ts'
import { asOperation, beginOperation } from '../reconcile/operation-records.ts'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { requireBlobs } from '../store/blobs/require-blobs.ts'
import { once } from '../store/idempotency.ts'
import { logEvents } from '../store/logs/log-events.ts'
import type { LogStore } from '../store/logs/log-store.ts'
import type { ResourceKey, ResourceStore, ResourceTransaction } from '../store/resource-store.ts'
import { asImage, buildLogKey, imageKey, isEndOfBuild } from './image-document.ts'
import { refuseUnsupported } from './unsupported.ts'

export interface ImageFeature {
  store: ResourceStore
  blobs: BlobStore
  logs: LogStore
}

export interface ImageIntake extends ImageFeature {
  /** Throws what is wrong with the environment, as far as it shows without a build. */
  checkEnvironment(spec: EnvironmentSpec): void
}

export function imageHandlers(feature: ImageIntake): NounHandlers<'images'> {
  const { store, logs } = feature
  return {
    create: async ({ params, body }, { header }) => {
      refuseUnsupported(body)
      feature.checkEnvironment(body.environment)
      await requireBlobs(feature.blobs, body.files)
      return create(store, { workspace: params.workspace, body, key: header('idempotency-key') })
    },
    list: async ({ params, query }) => {
      const { tag, property, model, ...rest } = query
      const page = await store.list<ImageSpec, Image['status']>({
        kind: 'image',
        workspace: params.workspace,
        ...rest,
        tags: tag,
        properties: property,
        ...(model !== undefined && { where: { [modelIndex(model)]: 'yes' } }),
      })
      return { items: page.items.map(asImage), ...(page.next !== undefined && { next: page.next }) }
    },
    latest: async ({ params }) => asImage(await store.latest({ kind: 'image', ...params })),
    get: async ({ params }) => asImage(await store.get(imageKey(params))),
    logs: async ({ params, query }) => {
      const { metadata } = await store.get(imageKey(params))
      return { items: await logs.read(buildLogKey(metadata.uid), query) }
    },
    followLogs: async ({ params, query }, { signal }) => {
      const { metadata } = await store.get(imageKey(params))
      return logEvents(logs, buildLogKey(metadata.uid), { filter: query, signal, isLast: isEndOfBuild })
    },
    delete: async ({ params }) => {
      const removed = await store.remove(imageKey(params))
      await logs.remove(buildLogKey(removed.metadata.uid))
      return undefined
    },
  }
}

interface Creation {
  workspace: string
  body: z.output<typeof NewImage>
  key: string | undefined
}

async function create(store: ResourceStore, { workspace, body, key }: Creation): Promise<Operation> {
  const { name, description, tags, properties, ...spec } = body
  return store.transaction(async (tx) => {
    const started = await once(tx, { workspace, key, request: body }, async () => {
      const models = await resolveModels(tx, workspace, spec.models)
      const image = await tx.createVersion<ImageSpec, Image['status']>({
        kind: 'image',
        workspace,
        name,
        description,
        tags,
        properties,
        spec: { ...spec, models: models.map((key) => formatReference(key.name, key.version)) },
        status: {
          state: 'NotStarted',
          layers: [],
          variables: {},
          provided: [],
          warnings: [],
          conditions: [],
        },
        uses: models,
        indexed: Object.fromEntries(models.map((model) => [modelIndex(model.name), 'yes'])),
      })
      const target = imageKey({ workspace, name, version: image.version ?? 1 })
      return beginOperation(tx, {
        action: 'image-create',
        target: { ...target, kind: 'image' },
        targetGeneration: 1,
      })
    })
    return asOperation(started)
  })
}

function modelIndex(name: string): string {
  return `model:${name}`
}

/** Names become versions here, so that the image stays what it was when a newer model comes. */
async function resolveModels(tx: ResourceTransaction, workspace: string, references: readonly string[]) {
  const resolved = new Map<string, ResourceKey & { version: number }>()
  for (const text of references) {
    const { name, version } = parseReference(text)
    const key = { kind: 'model', workspace, name }
    const found = version === undefined ? await tx.latest(key) : await tx.get({ ...key, version })
    if (resolved.has(name)) {
      throw new ApiError('invalid', `body.models: a model can be in an image once (${name} is named twice)`)
    }
    resolved.set(name, { ...key, version: found.version ?? 1 })
  }
  return [...resolved.values()]
}
