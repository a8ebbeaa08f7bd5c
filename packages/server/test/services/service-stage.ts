/** One service from its spec to a route, over the in-memory store and driver; looks are taken when a test says so. */
import { createMemoryDriver, type Behaviour, type MemoryDriver, type Workload } from '@slipway/compute'
import {
  EnvironmentSpec,
  NewService,
  NewVersion,
  ServiceUpdate,
  VersionUpdate,
  type Operation,
  type RouteRequest,
  type services,
  type VersionStatus,
} from '@slipway/contract'
import type { ServiceRoute, VersionRoute } from '@slipway/scoring'
import type * as z from 'zod'
import { useKeys } from '../../src/services/apply-route.ts'
import type { WatchedVersion } from '../../src/services/autoscaler.ts'
import { serviceHandlers } from '../../src/services/handlers.ts'
import { reconcileService } from '../../src/services/reconcile.ts'
import { createSampleChecks, type SampleReply, type SampleRequest } from '../../src/services/sample-checks.ts'
import { serviceKey, versionStatus, type ServiceResource } from '../../src/services/service-document.ts'
import { serviceOf } from '../../src/services/earlier-service.ts'
import type { ServiceReconciler } from '../../src/services/service-tools.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'

export const place = { workspace: 'default', name: 'echo' }
export const key = serviceKey(place)
export const prefix = '/api/v1/service/echo'

const looksToSettle = 8

/** Discards what is written and has nothing to read. */
export const noLogs = {
  append: async () => {},
  read: async () => [],
  follow: async function* () {},
  remove: async () => {},
  close: async () => {},
}

export class ServiceStage {
  readonly store = createMemoryStore()
  readonly routes = new Map<string, ServiceRoute>()
  readonly signal = AbortSignal.timeout(10_000)
  /** What the next replica of a workload does when it starts. */
  behave: (workload: Workload) => Behaviour = () => ({ kind: 'ready' })
  /** How replicas answer sample requests. */
  answer: (request: SampleRequest) => Promise<SampleReply> = async () => ({ status: 200, text: '{}' })
  driver: MemoryDriver = createMemoryDriver({ behave: (workload) => this.behave(workload) })
  watched: readonly WatchedVersion[] = []
  abilities = { gpu: false, tls: false }
  tools: ServiceReconciler = {
    store: this.store,
    driver: this.driver,
    gateway: {
      setRoute: async (route) => void this.routes.set(route.prefix, route),
      removeRoute: async (removed) => void this.routes.delete(removed),
      stats: () => undefined,
    },
    logs: noLogs,
    autoscaler: { watch: (_place, versions) => void (this.watched = versions) },
    samples: createSampleChecks({
      tryReplica: (_key, request) => this.answer(request),
      poke: () => undefined,
    }),
    openImage: async () => ({
      bundle: { appDir: '/app', python: '/python', models: [], digest: 'sha256:0' },
      variables: {},
    }),
    tls: () => this.abilities.tls,
    now: () => new Date(),
    workloads: new Map(),
    removeLater: (id, known) => void this.tools.driver.remove(id, this.signal).then(() => known.delete(id)),
  }
  readonly #api = serviceHandlers({
    store: this.store,
    logs: noLogs,
    limits: { cpu: { enforced: true }, memory: { enforced: true } },
    abilities: () => this.abilities,
    now: () => new Date(),
    scoringUrl: () => 'http://scoring',
    useKeys: (service, keys) => useKeys({ setAuth: (at, auth) => this.#setAuth(at, auth) }, service, keys),
    explain: () => Promise.reject(new Error('not asked for')),
  })

  async image(name: string, state: 'Succeeded' | 'Running' | 'Failed' = 'Succeeded'): Promise<void> {
    const environment = EnvironmentSpec.parse({})
    const spec = { entryScript: 'score.py', files: [], models: [], environment, enableGpu: false }
    const error = state === 'Failed' ? { error: { code: 'unsatisfiable', message: 'no such package' } } : {}
    const status = { state, layers: [], warnings: [], conditions: [], ...error }
    await this.store.createVersion({ kind: 'image', workspace: 'default', name, spec, status })
  }

  /** Looks until the replicas have settled, as the controller does. */
  async settle(): Promise<ServiceResource> {
    for (let look = 0; look < looksToSettle; look += 1) {
      await reconcileService(this.tools, key, this.signal)
      await new Promise(setImmediate)
    }
    return this.service()
  }

  async service(): Promise<ServiceResource> {
    return serviceOf(await this.store.get(key))
  }

  async version(name = 'v1'): Promise<VersionStatus> {
    return versionStatus((await this.service()).status, name)
  }

  get route(): ServiceRoute | undefined {
    return this.routes.get(prefix)
  }

  routed(name = 'v1'): VersionRoute | undefined {
    return this.route?.versions.find((version) => version.name === name)
  }

  async operationState({ name }: Operation): Promise<string> {
    const operation = { kind: 'operation', workspace: 'default', name }
    return (await this.store.get<Operation['spec'], Operation['status']>(operation)).status.state
  }

  deploy(wish: Partial<z.input<typeof NewService>> = {}): Promise<Operation> {
    const body = NewService.parse({ name: 'echo', image: 'echo', ...wish })
    return this.#call('deploy', { params: { workspace: 'default' }, body })
  }

  update(change: z.input<typeof ServiceUpdate>, headers: Record<string, string> = {}): Promise<Operation> {
    return this.#call('update', { params: place, body: ServiceUpdate.parse(change) }, headers)
  }

  rollback(): Promise<Operation> {
    return this.#call('rollback', { params: place })
  }

  delete(): Promise<Operation> {
    return this.#call('delete', { params: place })
  }

  addVersion(wish: z.input<typeof NewVersion>, headers: Record<string, string> = {}): Promise<Operation> {
    return this.#call('createVersion', { params: place, body: NewVersion.parse(wish) }, headers)
  }

  updateVersion(
    version: string,
    change: z.input<typeof VersionUpdate>,
    headers: Record<string, string> = {},
  ): Promise<Operation> {
    const body = VersionUpdate.parse(change)
    return this.#call('updateVersion', { params: { ...place, version }, body }, headers)
  }

  rollbackVersion(version: string): Promise<Operation> {
    return this.#call('rollbackVersion', { params: { ...place, version } })
  }

  deleteVersion(version: string): Promise<Operation> {
    return this.#call('deleteVersion', { params: { ...place, version } })
  }

  keys() {
    return this.#call('keys', { params: place })
  }

  regenerateKey(body: RouteRequest<(typeof services)['regenerateKey']>['body']) {
    return this.#call('regenerateKey', { params: place, body })
  }

  token() {
    return this.#call('token', { params: place })
  }

  revokeTokens() {
    return this.#call('revokeTokens', { params: place })
  }

  #call<V extends JsonVerb>(
    verb: V,
    parts: Partial<RouteRequest<(typeof services)[V]>>,
    headers: Record<string, string> = {},
  ): Promise<Awaited<ReturnType<Api[V]>>> {
    const context = { signal: this.signal, requestId: 'test', header: (name: string) => headers[name] }
    const handler = this.#api[verb] as (...args: unknown[]) => Promise<Awaited<ReturnType<Api[V]>>>
    return handler(parts, context)
  }

  #setAuth(at: string, auth: ServiceRoute['auth']): void {
    const known = this.routes.get(at)
    if (known) this.routes.set(at, { ...known, auth })
  }
}

type Api = ReturnType<typeof serviceHandlers>
type JsonVerb = Exclude<keyof Api, 'followLogs'>

/** A stage with an image `echo:1`. */
export async function openServiceStage(): Promise<ServiceStage> {
  const stage = new ServiceStage()
  await stage.image('echo')
  return stage
}
