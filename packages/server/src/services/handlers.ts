/** Services: deployed, updated, rolled back, deleted; their versions, keys, tokens, logs and reasons. */
import type { ServiceSpec, Why } from '@slipway/contract'
import type { NounHandlers } from '../http/handlers.ts'
import { revisionOf } from '../http/if-match.ts'
import { asOperation } from '../reconcile/operation-records.ts'
import { once } from '../store/idempotency.ts'
import { logEvents } from '../store/logs/log-events.ts'
import type { LogStore } from '../store/logs/log-store.ts'
import { issueServiceToken, readKeys, regenerateKey, revokeTokens, type Access } from './access.ts'
import { readService, removeService, rollback, updateService } from './change-service.ts'
import { createVersion, removeVersion, updateVersion } from './change-version.ts'
import { deploy, type Deploying } from './deploy.ts'
import { serviceOf } from './earlier-service.ts'
import { asService, serviceLogKey, type ServiceResource, type StoredStatus } from './service-document.ts'

export interface ServiceFeature extends Deploying, Access {
  logs: LogStore
  /** Base URL of the scoring port. */
  scoringUrl(): string
  explain(service: ServiceResource): Promise<Why>
}

export function serviceHandlers(feature: ServiceFeature): NounHandlers<'services'> {
  return { ...documentHandlers(feature), ...versionHandlers(feature), ...aboutHandlers(feature) }
}

type Handlers = NounHandlers<'services'>

function documentHandlers(
  feature: ServiceFeature,
): Pick<Handlers, 'deploy' | 'list' | 'get' | 'update' | 'rollback' | 'delete'> {
  const { store, abilities } = feature
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
      const items = page.items.map((item) => asService(serviceOf(item), feature.scoringUrl()))
      return { items, ...(page.next !== undefined && { next: page.next }) }
    },
    get: async ({ params }) => asService(await readService(store, params), feature.scoringUrl()),
    update: async ({ params: place, body }, { header }) => {
      const ifRevision = revisionOf(header('if-match'))
      const update = { place, body, ifRevision, abilities: abilities() }
      return store.transaction((tx) => updateService(tx, update))
    },
    rollback: async ({ params: place }) => store.transaction((tx) => rollback(tx, { place })),
    delete: async ({ params }) => store.transaction((tx) => removeService(tx, params)),
  }
}

function versionHandlers({
  store,
  abilities,
}: ServiceFeature): Pick<Handlers, 'createVersion' | 'updateVersion' | 'rollbackVersion' | 'deleteVersion'> {
  return {
    createVersion: async ({ params: place, body }, { header }) => {
      const ifRevision = revisionOf(header('if-match'))
      const repeatable = {
        workspace: place.workspace,
        key: header('idempotency-key'),
        request: { place, body },
      }
      const creation = { place, body, ifRevision, abilities: abilities() }
      return store.transaction(async (tx) =>
        asOperation(await once(tx, repeatable, () => createVersion(tx, creation))),
      )
    },
    updateVersion: async ({ params, body }, { header }) => {
      const { version, ...place } = params
      const ifRevision = revisionOf(header('if-match'))
      const change = { place, version, body, ifRevision, abilities: abilities() }
      return store.transaction((tx) => updateVersion(tx, change))
    },
    rollbackVersion: async ({ params: { version, ...place } }) =>
      store.transaction((tx) => rollback(tx, { place, version })),
    deleteVersion: async ({ params: { version, ...place } }, { header }) => {
      const removal = { place, version, ifRevision: revisionOf(header('if-match')) }
      return store.transaction((tx) => removeVersion(tx, removal))
    },
  }
}

function aboutHandlers(
  feature: ServiceFeature,
): Pick<Handlers, 'keys' | 'regenerateKey' | 'token' | 'revokeTokens' | 'logs' | 'followLogs' | 'why'> {
  const { store, logs } = feature
  return {
    keys: async ({ params }) => readKeys(feature, params),
    regenerateKey: async ({ params, body }) => regenerateKey(feature, params, body),
    token: async ({ params }) => issueServiceToken(feature, params),
    revokeTokens: async ({ params }) => revokeTokens(feature, params),
    logs: async ({ params, query }) => {
      await readService(store, params)
      return { items: await logs.read(serviceLogKey(params), query) }
    },
    followLogs: async ({ params, query }, { signal }) => {
      await readService(store, params)
      return logEvents(logs, serviceLogKey(params), { filter: query, signal })
    },
    why: async ({ params }) => feature.explain(await readService(store, params)),
  }
}
