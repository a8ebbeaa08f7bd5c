/** Wires features, reconcilers and ports together; the one place that knows them all. */
import type { ReplicaDriver } from '@slipway/compute'
import type { Check } from '@slipway/contract'
import { createAppMetrics } from './app-metrics.ts'
import { aboutHandlers } from './about/handlers.ts'
import { checkEnvironmentSpec } from './environments/check-spec.ts'
import { ensureEnvironment, openEnvironment } from './environments/ensure.ts'
import type { EnvironmentBuilder } from './environments/environment-builder.ts'
import { environmentHandlers } from './environments/handlers.ts'
import { collectGarbage } from './files/collect-garbage.ts'
import { fileHandlers } from './files/handlers.ts'
import { checkGateways } from './gateways/check-gateways.ts'
import type { GatewayHub } from './gateways/gateway-hub.ts'
import { gatewayHandlers } from './gateways/handlers.ts'
import { createGarbageCollector } from './garbage-collector.ts'
import { createApiServer } from './http/api-server.ts'
import { createBundles } from './images/bundles.ts'
import { imageHandlers } from './images/handlers.ts'
import { buildLogKey } from './images/image-document.ts'
import { reconcileImage } from './images/reconcile.ts'
import { DecisionCounts } from './metrics/decision-counts.ts'
import { modelHandlers } from './models/handlers.ts'
import { scanModel } from './models/scan-model.ts'
import { operationHandlers } from './operations/handlers.ts'
import { createController, type Controller } from './reconcile/controller.ts'
import { openTargets } from './reconcile/operation-records.ts'
import { openScoringPorts, type ScoringPorts } from './scoring-ports.ts'
import { createAutoscaler, type Autoscaler } from './services/autoscaler.ts'
import { serviceHandlers } from './services/handlers.ts'
import { keepDecision } from './services/keep-decision.ts'
import { reconcileService } from './services/reconcile.ts'
import { createSampleChecks, type SampleCheckOptions, type SampleChecks } from './services/sample-checks.ts'
import { serviceKey } from './services/service-document.ts'
import type { ServiceReconciler } from './services/service-tools.ts'
import { placeOfWorkload } from './services/workload.ts'
import { useKeys } from './services/apply-route.ts'
import { routeEverything } from './services/start.ts'
import { explain } from './services/why.ts'
import type { BlobStore } from './store/blobs/blob-store.ts'
import type { LogStore } from './store/logs/log-store.ts'
import { keyOf, type ResourceKey, type ResourceStore } from './store/resource-store.ts'
import { urlHost } from './url-host.ts'
import { ensureDefaultWorkspace, requireWorkspace, workspaceHandlers } from './workspaces/handlers.ts'

export interface AppParts {
  store: ResourceStore
  blobs: BlobStore
  logs: LogStore
  environments: EnvironmentBuilder
  driver: ReplicaDriver
  gateway: GatewayHub
  /** Sends one request to one replica, before any gateway gives it calls. */
  tryReplica: SampleCheckOptions['tryReplica']
  /** Folder for what can be made again. */
  cacheDir: string
  dataFolder: string
  version: string
  /** SHA-256 of every valid token. */
  tokens: readonly Buffer[]
  checkTools(signal: AbortSignal): Promise<Check[]>
  now(): Date
  onError(message: string, error: unknown, fields: Record<string, unknown>): void
}

export interface Addresses extends ScoringPorts {
  /** Management port. */
  port: number
  /** Shown in scoring URIs instead of host and port; where all gateways run apart, it must be given. */
  publicScoringUrl?: string | undefined
}

/** What a started app answers on. */
export interface Started {
  port: number
  /** Address of the management port from this machine. */
  url: string
  /** Address of the scoring port as callers see it, without a slash at its end. */
  scoringUrl: string
  /** Address of the plain port beside one with TLS, from this machine. */
  plainScoringUrl?: string
}

export interface App {
  /** Opens both ports and starts the reconcilers. */
  start(addresses: Addresses): Promise<Started>
  /** Stops taking work, drains, stops replicas. */
  close(): Promise<void>
}

/** Longest that the work before the ports are open may take. */
const startDeadlineMs = 60_000

export function createApp(parts: AppParts): App {
  const { store, logs, driver, gateway } = parts
  const place: Place = { scoringUrl: '' }
  const controllers = createControllers(parts, place)
  const collector = createGarbageCollector({
    collect: (signal) => collectGarbage(parts, signal),
    onError: (error) => parts.onError('garbage was not collected', error, {}),
  })
  const api = createApiServer({
    handlers: createHandlers(parts, place, controllers),
    version: parts.version,
    tokens: parts.tokens,
    requireWorkspace: (name) => requireWorkspace(store, name),
    onError: (error, { method, url, id }) =>
      parts.onError('request failed', error, { method, url, requestId: id }),
  })
  return {
    async start(addresses) {
      const { host, port } = addresses
      await ensureDefaultWorkspace(store)
      await controllers.routeEverything()
      const opened = gateway.local && (await openScoringPorts(gateway.local, addresses))
      place.scoringUrl = (addresses.publicScoringUrl ?? opened?.scoringUrl ?? '').replace(/\/+$/, '')
      const management = await api.listen(port, host)
      await controllers.services.start()
      await controllers.images.start()
      collector.start()
      const url = `http://${urlHost(host)}:${management.port}`
      return { port: management.port, url, ...opened, ...place }
    },
    async close() {
      await collector.close()
      await api.close()
      controllers.samples.close()
      await Promise.all([controllers.images.close(), controllers.services.close()])
      // After the last look, which may have it watch a service.
      controllers.autoscaler.close()
      await gateway.close()
      await driver.close()
      await parts.environments.close()
      await logs.close()
      await parts.blobs.close()
      await store.close()
    },
  }
}

interface Place {
  /** Empty until the ports are open. */
  scoringUrl: string
}

function speaksTls({ scoringUrl }: Place): boolean {
  return scoringUrl.startsWith('https:')
}

interface Controllers {
  images: Controller
  services: Controller
  autoscaler: Autoscaler
  samples: SampleChecks
  decisions: DecisionCounts
  /** Has the gateway know every service before it listens. */
  routeEverything(): Promise<void>
}

function createControllers(parts: AppParts, place: Place): Controllers {
  const { store, driver } = parts
  const bundles = createBundles({
    ...parts,
    openEnvironment: (environment, signal) =>
      openEnvironment({ builder: parts.environments }, environment, signal),
  })
  const poke = (key: ResourceKey) => services.poke(key)
  const samples = createSampleChecks({ tryReplica: parts.tryReplica, poke })
  const decisions = new DecisionCounts()
  const autoscaler = openAutoscaler(parts, decisions)
  const tools: ServiceReconciler = {
    ...parts,
    autoscaler,
    samples,
    openImage: bundles.open,
    tls: () => speaksTls(place),
    workloads: new Map(),
    removeLater: (id, known, signal) => {
      driver.remove(id, signal).then(
        () => known.delete(id),
        (error: unknown) =>
          signal.aborted || parts.onError('a workload was not removed', error, { workload: id }),
      )
    },
  }
  const services = createController({
    store,
    kind: 'service',
    alsoKeys: () => openTargets(store, 'service'),
    reconcile: (key, signal) => reconcileService(tools, key, signal),
    onError: (key, error) => parts.onError('reconcile failed', error, { key }),
  })
  const images = createImageController(parts, services)
  driver.onChange((workloadId) => services.poke(serviceKey(placeOfWorkload(workloadId))))
  return {
    images,
    services,
    autoscaler,
    samples,
    decisions,
    routeEverything: () => routeEverything(tools, AbortSignal.timeout(startDeadlineMs)),
  }
}

/** Services look again when something about their image has changed. */
function createImageController(parts: AppParts, services: Pick<Controller, 'poke'>): Controller {
  const { store, onError } = parts
  const build = {
    ...parts,
    ensureEnvironment: (request, signal) =>
      ensureEnvironment({ ...parts, builder: parts.environments }, request, signal),
  } satisfies Parameters<typeof reconcileImage>[0]
  return createController({
    store,
    kind: 'image',
    // Whatever is not built yet has an open operation; all the others need no look.
    list: false,
    alsoKeys: () => openTargets(store, 'image'),
    onError: (key, error) => onError('reconcile failed', error, { key }),
    concurrency: 4,
    reconcile: async (key, signal) => {
      await reconcileImage(build, key, signal)
      await pokeUsers(store, key, services)
      return undefined
    },
  })
}

function openAutoscaler(parts: AppParts, decisions: DecisionCounts): Autoscaler {
  const { store, gateway, now, onError } = parts
  const autoscaler = createAutoscaler({
    load: (prefix) => gateway.load(prefix),
    keep: async (place, version, decision) => {
      await keepDecision({ store }, { place, version, decision })
      const direction = decision.to > decision.from ? 'up' : 'down'
      decisions.add({ workspace: place.workspace, service: place.name, version, direction })
    },
    onError: (error, { workspace, name }) =>
      onError('a decision of the autoscaler was not kept', error, { workspace, service: name }),
    now,
    clock: () => performance.now(),
  })
  gateway.onWaiting(({ prefix, version }) => autoscaler.wake(prefix, version))
  return autoscaler
}

/** Services wait for their image; they look again when something about it has changed. */
async function pokeUsers(
  store: ResourceStore,
  key: ResourceKey,
  services: Pick<Controller, 'poke'>,
): Promise<void> {
  for (const user of await store.users(key)) if (user.kind === 'service') services.poke(user)
}

function createHandlers(parts: AppParts, place: Place, controllers: Controllers) {
  const { store, blobs, logs, driver } = parts
  const { cpuLimit, memoryLimit, isolation, gpu } = driver.capabilities
  const { autoscaler } = controllers
  return {
    server: aboutHandlers({
      store,
      checkTools: async (signal) => [...checkGateways(parts.gateway), ...(await parts.checkTools(signal))],
      metrics: createAppMetrics({ ...parts, decisions: controllers.decisions }).text,
      info: () => ({
        version: parts.version,
        dataFolder: parts.dataFolder,
        scoringUrl: place.scoringUrl,
        targets: [{ kind: 'process', cpuLimit, memoryLimit, isolation }],
      }),
    }),
    workspaces: workspaceHandlers(store),
    files: fileHandlers(blobs),
    models: modelHandlers({ store, blobs, scan: (files, signal) => scanModel(blobs, files, signal) }),
    environments: environmentHandlers(store),
    images: imageHandlers({ store, blobs, logs, checkEnvironment: checkEnvironmentSpec }),
    services: serviceHandlers({
      store,
      logs,
      scoringUrl: () => place.scoringUrl,
      limits: { cpu: cpuLimit, memory: memoryLimit },
      abilities: () => ({ gpu, tls: speaksTls(place) }),
      now: parts.now,
      useKeys: async (service, keys) => {
        await useKeys(parts.gateway, service, keys)
        controllers.services.poke(keyOf(service))
      },
      explain: (service) => {
        const hasGateway = () => parts.gateway.counts().length > 0
        return explain({ store, logs, autoscaler, hasGateway, buildLogKey }, service)
      },
    }),
    operations: operationHandlers(store),
    gateways: gatewayHandlers(parts.gateway),
  }
}
