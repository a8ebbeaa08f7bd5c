/** A service from its spec to a route, over the in-memory store and driver. */
import { createMemoryDriver, type Behaviour, type MemoryDriver } from '@slipway/compute'
import { ApiError, EnvironmentSpec, ServiceSettings, type Operation } from '@slipway/contract'
import type { ServiceRoute } from '@slipway/scoring'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { serviceHandlers } from './handlers.ts'
import { useKeys } from './apply-route.ts'
import { reconcileService } from './reconcile.ts'
import type { ServiceReconciler } from './service-tools.ts'
import { routeEverything } from './start.ts'
import { serviceKey, type ServiceResource } from './service-document.ts'

const params = { workspace: 'default', name: 'echo' }
const key = serviceKey(params)
const signal = AbortSignal.timeout(10_000)
const context = { signal, requestId: 'test', header: () => undefined }
const limits = { cpu: { enforced: true }, memory: { enforced: true } }

let store: ResourceStore
let driver: MemoryDriver
let routes: Map<string, ServiceRoute>
let tools: ServiceReconciler
let behaviour: Behaviour
let api: ReturnType<typeof serviceHandlers>

beforeEach(async () => {
  store = createMemoryStore()
  behaviour = { kind: 'ready', endpoint: { socketPath: '/run/echo.sock' } }
  driver = createMemoryDriver({ behave: () => behaviour })
  routes = new Map()
  const logs = {
    append: async () => {},
    read: async () => [],
    follow: async function* () {},
    remove: async () => {},
    close: async () => {},
  }
  const openImage = async () => ({
    bundle: { appDir: '/app', python: '/python', models: [], digest: 'sha256:0' },
    variables: {},
  })
  const gateway = {
    setRoute: async (route: ServiceRoute) => void routes.set(route.prefix, route),
    removeRoute: async (prefix: string) => void routes.delete(prefix),
    stats: () => undefined,
  }
  const removeLater: ServiceReconciler['removeLater'] = (id, known) =>
    void tools.driver.remove(id, signal).then(() => known.delete(id))
  const now = () => new Date()
  tools = { store, driver, gateway, logs, openImage, workloads: new Map(), now, removeLater }
  const setAuth = (prefix: string, auth: ServiceRoute['auth']) => {
    const known = routes.get(prefix)
    if (known) routes.set(prefix, { ...known, auth })
  }
  api = serviceHandlers({
    store,
    logs,
    limits,
    scoringUrl: () => 'http://scoring',
    useKeys: (service, keys) => useKeys({ setAuth }, service, keys),
    explain: async () => {
      throw new Error('not asked for')
    },
  })
  await anImage('echo', 'Succeeded')
})

async function anImage(name: string, state: 'Succeeded' | 'Running' | 'Failed'): Promise<void> {
  const spec = {
    entryScript: 'score.py',
    files: [],
    models: [],
    environment: EnvironmentSpec.parse({}),
    enableGpu: false,
  }
  const error = state === 'Failed' ? { error: { code: 'unsatisfiable', message: 'no such package' } } : {}
  const status = { state, layers: [], warnings: [], conditions: [], ...error }
  await store.createVersion({ kind: 'image', workspace: 'default', name, spec, status })
}

/** Looks until the replicas have settled, as the controller does. */
async function settle(): Promise<ServiceResource> {
  for (let look = 0; look < 6; look += 1) {
    await reconcileService(tools, key, signal)
    await new Promise(setImmediate)
  }
  return (await store.get(key)) as ServiceResource
}

async function deploy(settings: Partial<ServiceSettings> = {}): Promise<Operation> {
  const wish = { image: 'echo', target: 'process' as const, settings: ServiceSettings.parse(settings) }
  const body = { name: 'echo', tags: {}, properties: {}, ...wish }
  return api.deploy({ params: { workspace: 'default' }, query: undefined as never, body }, context)
}

async function operationState(operation: Operation): Promise<string> {
  const { status } = await store.get<Operation['spec'], Operation['status']>({
    kind: 'operation',
    workspace: 'default',
    name: operation.name,
  })
  return status.state
}

const route = () => routes.get('/api/v1/service/echo')

describe('a service', () => {
  test('gets as many replicas as it asks for, a route to them, and a finished operation', async () => {
    const operation = await deploy({ numReplicas: 3 })
    const { status } = await settle()
    expect(status.state).toBe('Healthy')
    expect(status.serving?.image).toBe('echo:1')
    expect(route()?.replicas).toHaveLength(3)
    expect(await operationState(operation)).toBe('Succeeded')
  })

  test('asks callers for its keys unless that is switched off', async () => {
    await deploy()
    await settle()
    const { primaryKey, secondaryKey } = await api.keys(
      { params, query: undefined as never, body: undefined as never },
      context,
    )
    expect(route()?.auth).toEqual({ kind: 'keys', keys: [primaryKey, secondaryKey] })
    await api.update(
      { params, query: undefined as never, body: { settings: { authEnabled: false } } },
      context,
    )
    await settle()
    expect(route()?.auth).toEqual({ kind: 'none' })
  })

  test('takes a regenerated key into the route before the reply, with the same replicas', async () => {
    await deploy()
    await settle()
    const before = route()?.replicas
    const body = { keyType: 'Secondary' as const, keyValue: 'a-value-of-my-own-choosing' }
    await api.regenerateKey({ params, query: undefined as never, body }, context)
    expect(route()?.auth).toMatchObject({ keys: [expect.any(String), body.keyValue] })
    expect(route()?.replicas).toEqual(before)
  })

  test('fails with the reason of its script, and can be deployed anew by an update', async () => {
    behaviour = { kind: 'failed', failure: { reason: 'InitFailed', message: 'init() raised KeyError' } }
    const operation = await deploy()
    const { status } = await settle()
    expect(status).toMatchObject({
      state: 'Failed',
      error: { code: 'InitFailed', message: 'init() raised KeyError' },
    })
    expect(await operationState(operation)).toBe('Failed')
    behaviour = { kind: 'ready', endpoint: { socketPath: '/run/again.sock' } }
    await api.update(
      { params, query: undefined as never, body: { settings: { maxRequestWaitTimeMs: 700 } } },
      context,
    )
    expect((await settle()).status.state).toBe('Healthy')
  })

  test('keeps the old version serving while and after the new one fails', async () => {
    await deploy()
    await settle()
    const before = route()?.replicas
    await anImage('echo', 'Succeeded')
    behaviour = { kind: 'failed', failure: { reason: 'ImportFailed', message: 'No module named torch' } }
    const operation = await api.update(
      { params, query: undefined as never, body: { image: 'echo:2' } },
      context,
    )
    const { status } = await settle()
    expect(status).toMatchObject({ state: 'Failed', serving: { image: 'echo:1' } })
    expect(route()?.replicas).toEqual(before)
    expect(await operationState(operation)).toBe('Failed')
  })

  test('moves to a new image, removes the old replicas, and goes back in one call', async () => {
    await deploy()
    await settle()
    const old = driver.running()
    await anImage('echo', 'Succeeded')
    await api.update({ params, query: undefined as never, body: { image: 'echo' } }, context)
    const moved = await settle()
    expect(moved.status.serving?.image).toBe('echo:2')
    expect(driver.running().filter((id) => old.includes(id))).toEqual([])
    await api.rollback({ params, query: undefined as never, body: undefined as never }, context)
    expect((await settle()).status.serving?.image).toBe('echo:1')
  })

  test('has nothing to go back to when it has served one version only', async () => {
    await deploy()
    await settle()
    const back = api.rollback({ params, query: undefined as never, body: undefined as never }, context)
    await expect(back).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining('--image') })
  })

  test('waits for an image that is being built, and fails with one that was not', async () => {
    await anImage('slow', 'Running')
    const wish = { image: 'slow:1', target: 'process' as const, settings: ServiceSettings.parse({}) }
    const body = { name: 'echo', tags: {}, properties: {}, ...wish }
    await api.deploy({ params: { workspace: 'default' }, query: undefined as never, body }, context)
    expect((await settle()).status).toMatchObject({ state: 'Transitioning' })
    await store.update({ kind: 'image', workspace: 'default', name: 'slow', version: 1 }, ({ status }) => ({
      status: {
        ...(status as object),
        state: 'Failed',
        error: { code: 'unsatisfiable', message: 'no such package' },
      },
    }))
    const { status } = await settle()
    expect(status.error?.message).toContain('no such package')
  })

  test('is known to the gateway, and not ready, until a restarted server has its replicas back', async () => {
    await deploy()
    await settle()
    routes.clear()
    tools = {
      ...tools,
      workloads: new Map(),
      driver: createMemoryDriver({ behave: () => ({ kind: 'never-ready' }) }),
    }
    await routeEverything(tools, signal)
    expect(route()?.replicas).toEqual([])
    const opening = { ...tools, openImage: () => Promise.reject(new Error('the disk is slow')) }
    await expect(reconcileService(opening, key, signal)).rejects.toThrow('slow')
    const { status } = (await store.get(key)) as ServiceResource
    expect(status).toMatchObject({ state: 'Unhealthy', replicas: [], serving: { image: 'echo:1' } })
  })

  test('brings its replicas back after the driver has lost them, also in the middle of an update', async () => {
    await deploy()
    await settle()
    await anImage('echo', 'Succeeded')
    behaviour = { kind: 'never-ready' }
    await api.update({ params, query: undefined as never, body: { image: 'echo:2' } }, context)
    await settle()
    driver = createMemoryDriver({
      behave: ({ id }) =>
        id === oldId
          ? { kind: 'ready', endpoint: { socketPath: '/run/back.sock' } }
          : { kind: 'never-ready' },
    })
    const oldId = [...(tools.workloads.get('default/echo') ?? [])][0]
    tools = { ...tools, driver, workloads: new Map() }
    const { status } = await settle()
    expect(status).toMatchObject({ state: 'Transitioning', serving: { image: 'echo:1' } })
    expect(route()?.replicas.map(({ socketPath }) => socketPath)).toEqual(['/run/back.sock'])
  })

  test('is gone with its route, replicas and keys once its deletion has succeeded', async () => {
    await deploy({ numReplicas: 2 })
    await settle()
    const operation = await api.delete(
      { params, query: undefined as never, body: undefined as never },
      context,
    )
    await reconcileService(tools, key, signal)
    expect(await operationState(operation)).toBe('Succeeded')
    expect([routes.size, driver.running().length]).toEqual([0, 0])
    await expect(store.get(key)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('looks again while old calls drain, and removes the old replicas only when they are answered', async () => {
    await deploy()
    await settle()
    const old = driver.running()
    await anImage('echo', 'Succeeded')
    const operation = await api.update(
      { params, query: undefined as never, body: { image: 'echo:2' } },
      context,
    )
    const direct = tools.gateway
    const draining = { ...direct, setRoute: () => Promise.reject(new Error('late')) }
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    await reconcileService({ ...tools, gateway: draining }, key, signal)
    await new Promise(setImmediate)
    const look = await reconcileService({ ...tools, gateway: draining }, key, signal)
    timeout.mockRestore()
    expect(look).toEqual({ againAfterMs: expect.any(Number) })
    expect(driver.running()).toEqual(expect.arrayContaining(old))
    expect(await operationState(operation)).toBe('Running')
    await settle()
    expect(driver.running().filter((id) => old.includes(id))).toEqual([])
    expect(await operationState(operation)).toBe('Succeeded')
  })

  test('says why an image cannot be opened, ends its operation, and keeps the version before', async () => {
    await deploy()
    await settle()
    const before = route()?.replicas
    await anImage('echo', 'Succeeded')
    const operation = await api.update(
      { params, query: undefined as never, body: { image: 'echo:2' } },
      context,
    )
    const { openImage } = tools
    const full = new ApiError('insufficient-storage', 'the disk is full')
    tools = {
      ...tools,
      openImage: (image, at) => (image.version === 2 ? Promise.reject(full) : openImage(image, at)),
    }
    const { status } = await settle()
    expect(status).toMatchObject({ state: 'Failed', error: { code: 'insufficient-storage' } })
    expect(status.error?.message).toContain('the disk is full')
    expect(route()?.replicas).toEqual(before)
    expect(await operationState(operation)).toBe('Failed')
    tools = { ...tools, openImage }
    expect((await settle()).status).toMatchObject({ state: 'Healthy', serving: { image: 'echo:2' } })
  })

  test('keeps in use what an update has named while a look was under way', async () => {
    await deploy()
    await settle()
    await anImage('echo', 'Succeeded')
    const { openImage } = tools
    behaviour = { kind: 'never-ready' }
    driver.crash(driver.running()[0] ?? '')
    let updated = false
    const during: ServiceReconciler = {
      ...tools,
      openImage: async (image, at) => {
        if (!updated)
          await api.update({ params, query: undefined as never, body: { image: 'echo:2' } }, context)
        updated = true
        return openImage(image, at)
      },
    }
    await reconcileService(during, key, signal)
    const users = await store.users({ kind: 'image', workspace: 'default', name: 'echo', version: 2 })
    expect(users).toEqual([key])
  })

  test('an operation that a deletion overtakes is cancelled, not called a success', async () => {
    behaviour = { kind: 'never-ready' }
    const creation = await deploy()
    await reconcileService(tools, key, signal)
    const deletion = await api.delete(
      { params, query: undefined as never, body: undefined as never },
      context,
    )
    await reconcileService(tools, key, signal)
    expect(await operationState(creation)).toBe('Cancelled')
    expect(await operationState(deletion)).toBe('Succeeded')
  })

  test('starts failed replicas again when it is asked for once more, with the same spec', async () => {
    behaviour = { kind: 'failed', failure: { reason: 'InitFailed', message: 'the database is away' } }
    await deploy()
    await settle()
    behaviour = { kind: 'ready', endpoint: { socketPath: '/run/again.sock' } }
    expect((await settle()).status.state).toBe('Failed')
    const again = await api.update({ params, query: undefined as never, body: {} }, context)
    expect((await settle()).status.state).toBe('Healthy')
    expect(await operationState(again)).toBe('Succeeded')
  })

  test('does not say that the version before serves when its replicas have failed too', async () => {
    await deploy()
    await settle()
    await anImage('echo', 'Succeeded')
    behaviour = { kind: 'failed', failure: { reason: 'InitFailed', message: 'no licence' } }
    await api.update({ params, query: undefined as never, body: { image: 'echo:2' } }, context)
    expect((await settle()).status.error?.message).toContain('keeps serving')
    for (const id of driver.running()) driver.crash(id)
    const { status } = await settle()
    expect(status.error?.message).not.toContain('keeps serving')
  })

  test('writes nothing when a look finds nothing new', async () => {
    await deploy()
    await settle()
    const before = await store.revision()
    await settle()
    expect(await store.revision()).toBe(before)
  })
})
