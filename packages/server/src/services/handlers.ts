/** Services: deployed, updated, rolled back, deleted; their keys, logs and reasons. */
import {
  ApiError,
  ServiceSettings,
  formatReference,
  parseReference,
  type Image,
  type ImageSpec,
  type NewService,
  type Operation,
  type ServiceSpec,
  type ServiceUpdate,
  type Why,
} from '@slipway/contract'
import type * as z from 'zod'
import type { NounHandlers } from '../http/handlers.ts'
import { revisionOf } from '../http/if-match.ts'
import { asOperation, beginOperation, hasOpenOperation } from '../reconcile/operation-records.ts'
import { describe } from '../store/describe-change.ts'
import { once } from '../store/idempotency.ts'
import { logEvents } from '../store/logs/log-events.ts'
import type { LogStore } from '../store/logs/log-store.ts'
import type { Metadata } from '@slipway/contract'
import type { ResourceStore, ResourceTransaction } from '../store/resource-store.ts'
import { newKey, newKeys, type Keys } from './keys.ts'
import {
  asService,
  imagesUsed,
  keysKey,
  serviceKey,
  serviceLogKey,
  type ServiceResource,
  type StoredStatus,
} from './service-document.ts'

export interface ServiceFeature {
  store: ResourceStore
  logs: LogStore
  /** Base URL of the scoring port. */
  scoringUrl(): string
  /** Has every gateway ask for these keys from the next request on. */
  useKeys(service: ServiceResource, keys: Keys): Promise<void>
  explain(service: ServiceResource): Promise<Why>
  limits: StoredStatus['limits']
}

export function serviceHandlers(feature: ServiceFeature): NounHandlers<'services'> {
  const { store, logs } = feature
  const read = async (params: { workspace: string; name: string }) =>
    (await store.get(serviceKey(params))) as ServiceResource
  return {
    deploy: async ({ params, body }, { header }) =>
      deploy(feature, { workspace: params.workspace, body, key: header('idempotency-key') }),
    list: async ({ params, query }) => {
      const { tag, property, image, target, ...rest } = query
      const where = { ...(image !== undefined && { image }), ...(target && { target }) }
      const filter = {
        kind: 'service',
        workspace: params.workspace,
        ...rest,
        tags: tag,
        properties: property,
        where,
      }
      const page = await store.list<ServiceSpec, StoredStatus>(filter)
      const items = page.items.map((item) => asService(item, feature.scoringUrl()))
      return { items, ...(page.next !== undefined && { next: page.next }) }
    },
    get: async ({ params }) => asService(await read(params), feature.scoringUrl()),
    update: async ({ params, body }, { header }) =>
      store.transaction(async (tx) =>
        update(tx, { params, body, ifRevision: revisionOf(header('if-match')) }),
      ),
    rollback: async ({ params }) => store.transaction(async (tx) => rollback(tx, params)),
    delete: async ({ params }) => store.transaction(async (tx) => remove(tx, params)),
    keys: async ({ params }) => {
      await read(params)
      return (await store.get<Keys>(keysKey(params))).spec
    },
    regenerateKey: async ({ params, body }) => {
      const service = await read(params)
      const value = body.keyValue ?? newKey()
      const field = body.keyType === 'Primary' ? 'primaryKey' : 'secondaryKey'
      const change = ({ spec }: { spec: Keys }) => ({ spec: { ...spec, [field]: value } })
      const changed = await store.update<Keys>(keysKey(params), change)
      await feature.useKeys(service, changed.spec)
      return changed.spec
    },
    logs: async ({ params, query }) => {
      await read(params)
      return { items: await logs.read(serviceLogKey(params), query) }
    },
    followLogs: async ({ params, query }, { signal }) => {
      await read(params)
      return logEvents(logs, serviceLogKey(params), { filter: query, signal })
    },
    why: async ({ params }) => feature.explain(await read(params)),
  }
}

interface Deployment {
  workspace: string
  body: z.output<typeof NewService>
  key: string | undefined
}

async function deploy(
  { store, limits }: ServiceFeature,
  { workspace, body, key }: Deployment,
): Promise<Operation> {
  const { name, description, tags, properties, ...wish } = body
  return store.transaction(async (tx) => {
    const started = await once(tx, { workspace, key, request: body }, async () => {
      const target = { ...serviceKey({ workspace, name }), kind: 'service' as const }
      if (await hasOpenOperation(tx, target, 'service-delete')) {
        throw new ApiError('conflict', `the service ${name} is still being deleted`, {
          hint: 'Try again in a moment.',
        })
      }
      const image = await resolveImage(tx, workspace, wish.image)
      const settings = {
        ...wish.settings,
        authEnabled: wish.settings.authEnabled ?? !wish.settings.tokenAuthEnabled,
      }
      const spec = { ...wish, settings, image: formatReference(image.name, image.version) }
      const status: StoredStatus = {
        state: 'Transitioning',
        history: [],
        replicas: [],
        limits,
        conditions: [],
      }
      const said = { description, tags, properties }
      await tx.create({ ...target, ...said, spec, status, uses: [image], indexed: indexOf(spec) })
      await tx.create({ ...keysKey({ workspace, name }), spec: newKeys(), status: {} })
      return beginOperation(tx, { action: 'service-create', target, targetGeneration: 1 })
    })
    return asOperation(started)
  })
}

function indexOf({ image, target }: ServiceSpec): Record<string, string> {
  return { image: parseReference(image).name, target }
}

/** The image named, with its version. Errors: `not-found`, `build-failed` for one that was not built. */
async function resolveImage(tx: ResourceTransaction, workspace: string, reference: string) {
  const { name, version } = parseReference(reference)
  const key = { kind: 'image', workspace, name }
  const image = await (version === undefined
    ? tx.latest<ImageSpec, Image['status']>(key)
    : tx.get<ImageSpec, Image['status']>({ ...key, version }))
  const found = { ...key, version: image.version ?? 1 }
  if (image.status.state === 'Failed') {
    const text = formatReference(name, found.version)
    throw new ApiError(
      'build-failed',
      `the image ${text} was not built: ${image.status.error?.message ?? 'it failed'}`,
      {
        hint: `Read its log: slipway image logs ${text}`,
      },
    )
  }
  return found
}

interface Update {
  params: { workspace: string; name: string }
  body: z.output<typeof ServiceUpdate>
  ifRevision: number | undefined
}

async function update(tx: ResourceTransaction, { params, body, ifRevision }: Update): Promise<Operation> {
  const before = (await tx.get(serviceKey(params))) as ServiceResource
  const image = body.image === undefined ? undefined : await resolveImage(tx, params.workspace, body.image)
  const spec: ServiceSpec = {
    ...before.spec,
    ...(image && { image: formatReference(image.name, image.version) }),
    settings: changedSettings(before.spec.settings, body.settings ?? {}),
  }
  const said = describe(before.metadata, body)
  return change(tx, { params, spec, said, ifRevision, action: 'service-update' })
}

/** What is left out stays; null takes a limit away. */
function changedSettings(before: ServiceSettings, change: Record<string, unknown>): ServiceSettings {
  const merged = Object.entries({ ...before, ...change }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return ServiceSettings.parse(Object.fromEntries(merged))
}

interface SpecChange {
  params: { workspace: string; name: string }
  spec: ServiceSpec
  said: Pick<Metadata, 'description' | 'tags' | 'properties'>
  ifRevision?: number | undefined
  action: 'service-update' | 'service-rollback'
}

async function change(
  tx: ResourceTransaction,
  { params, spec, said, ifRevision, action }: SpecChange,
): Promise<Operation> {
  const changed = await tx.update<ServiceSpec, StoredStatus>(
    serviceKey(params),
    ({ status }) => ({
      spec,
      ...said,
      uses: imagesUsed(params.workspace, [spec, ...(status.serving ? [status.serving] : [])]),
      indexed: indexOf(spec),
    }),
    { ifRevision },
  )
  const target = { ...serviceKey(params), kind: 'service' as const }
  return beginOperation(tx, { action, target, targetGeneration: changed.metadata.generation })
}

async function rollback(
  tx: ResourceTransaction,
  params: { workspace: string; name: string },
): Promise<Operation> {
  const { spec, status, metadata } = (await tx.get(serviceKey(params))) as ServiceResource
  const rolledOut = status.serving?.generation === metadata.generation
  const target = rolledOut ? status.history[0] : status.serving
  if (!target) {
    throw new ApiError('conflict', `the service ${params.name} has served nothing before ${spec.image}`, {
      hint: `Name an image instead: slipway service update ${params.name} --image NAME:VERSION`,
    })
  }
  await resolveImage(tx, params.workspace, target.image)
  const { image, settings } = target
  return change(tx, {
    params,
    spec: { ...spec, image, settings },
    said: metadata,
    action: 'service-rollback',
  })
}

async function remove(
  tx: ResourceTransaction,
  params: { workspace: string; name: string },
): Promise<Operation> {
  const removed = await tx.remove(serviceKey(params))
  await tx.remove(keysKey(params))
  const target = { ...serviceKey(params), kind: 'service' as const }
  return beginOperation(tx, {
    action: 'service-delete',
    target,
    targetGeneration: removed.metadata.generation,
  })
}
