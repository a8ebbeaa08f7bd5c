/** A service from its spec to a route: deployed, updated, rolled back, deleted. */
import { createMemoryDriver } from '@slipway/compute'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { key, openServiceStage, type ServiceStage } from '../../test/services/service-stage.ts'
import { reconcileService } from './reconcile.ts'
import { routeEverything } from './start.ts'

let stage: ServiceStage

beforeEach(async () => {
  stage = await openServiceStage()
})

describe('a service', () => {
  test('gets as many replicas as it asks for, a route to them, and a finished operation', async () => {
    const operation = await stage.deploy({ settings: { numReplicas: 3 } })
    const { status } = await stage.settle()
    expect(status.state).toBe('Healthy')
    expect(await stage.version()).toMatchObject({ serving: { image: 'echo:1' }, wantedReplicas: 3 })
    expect(stage.routed()).toMatchObject({ isDefault: true, trafficPercent: 100 })
    expect(stage.routed()?.replicas).toHaveLength(3)
    expect(await stage.operationState(operation)).toBe('Succeeded')
  })

  test('moves to a new image, removes the old replicas, and goes back in one call', async () => {
    await stage.deploy()
    await stage.settle()
    const old = stage.driver.running()
    await stage.image('echo')
    await stage.update({ image: 'echo' })
    await stage.settle()
    expect((await stage.version()).serving?.image).toBe('echo:2')
    expect(stage.driver.running().filter((id) => old.includes(id))).toEqual([])
    await stage.rollback()
    await stage.settle()
    expect((await stage.version()).serving?.image).toBe('echo:1')
  })

  test('a rollback opens no service that has asked for a key since', async () => {
    await stage.deploy({ settings: { authEnabled: false } })
    await stage.settle()
    await stage.update({ settings: { authEnabled: true, maxQueueLength: 5 } })
    await stage.settle()
    await stage.rollback()
    await stage.settle()
    expect(stage.route?.auth.kind).toBe('keys')
    expect(stage.routed()?.maxQueueLength).toBe(1000)
  })

  test('has nothing to go back to when it has served one wish only', async () => {
    await stage.deploy()
    await stage.settle()
    const refusal = { code: 'conflict', hint: expect.stringContaining('--image') as string }
    await expect(stage.rollback()).rejects.toMatchObject(refusal)
  })

  test('lets go of replicas that are too many before they are stopped', async () => {
    await stage.deploy({ settings: { numReplicas: 3 } })
    await stage.settle()
    const seen: [listed: number, running: number][] = []
    const { setRoute } = stage.tools.gateway
    stage.tools.gateway.setRoute = (route, signal) => {
      seen.push([route.versions[0]?.replicas.length ?? 0, stage.driver.running().length])
      return setRoute(route, signal)
    }
    const listed = stage.routed()?.replicas ?? []
    await stage.update({ settings: { numReplicas: 1 } })
    await stage.settle()
    expect(seen[0]).toEqual([1, 3])
    expect(seen.at(-1)).toEqual([1, 1])
    expect(stage.routed()?.replicas).toEqual(listed.slice(0, 1))
  })

  test('is known to the gateway, and not ready, until a restarted server has its replicas back', async () => {
    await stage.deploy()
    await stage.settle()
    stage.routes.clear()
    const driver = createMemoryDriver({ behave: () => ({ kind: 'never-ready' }) })
    stage.tools = { ...stage.tools, workloads: new Map(), driver }
    await routeEverything(stage.tools, stage.signal)
    expect(stage.routed()?.replicas).toEqual([])
    const opening = { ...stage.tools, openImage: () => Promise.reject(new Error('the disk is slow')) }
    await expect(reconcileService(opening, key, stage.signal)).rejects.toThrow('slow')
    expect(await stage.version()).toMatchObject({
      state: 'Unhealthy',
      replicas: [],
      serving: { image: 'echo:1' },
    })
  })

  test('is gone with its route, replicas and keys once its deletion has succeeded', async () => {
    await stage.deploy({ settings: { numReplicas: 2 } })
    await stage.settle()
    const operation = await stage.delete()
    await reconcileService(stage.tools, key, stage.signal)
    expect(await stage.operationState(operation)).toBe('Succeeded')
    expect([stage.routes.size, stage.driver.running().length]).toEqual([0, 0])
    await expect(stage.service()).rejects.toMatchObject({ code: 'not-found' })
  })

  test('looks again while old calls drain, and removes the old replicas only when they are answered', async () => {
    await stage.deploy()
    await stage.settle()
    const old = stage.driver.running()
    await stage.image('echo')
    const operation = await stage.update({ image: 'echo:2' })
    const gateway = { ...stage.tools.gateway, setRoute: () => Promise.reject(new Error('late')) }
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    await reconcileService({ ...stage.tools, gateway }, key, stage.signal)
    await new Promise(setImmediate)
    const look = await reconcileService({ ...stage.tools, gateway }, key, stage.signal)
    timeout.mockRestore()
    expect(look).toEqual({ againAfterMs: expect.any(Number) as number })
    expect(stage.driver.running()).toEqual(expect.arrayContaining(old))
    expect(await stage.operationState(operation)).toBe('Running')
    await stage.settle()
    expect(stage.driver.running().filter((id) => old.includes(id))).toEqual([])
    expect(await stage.operationState(operation)).toBe('Succeeded')
  })

  test('keeps in use what an update has named while a look was under way', async () => {
    await stage.deploy()
    await stage.settle()
    await stage.image('echo')
    const { openImage } = stage.tools
    stage.behave = () => ({ kind: 'never-ready' })
    stage.driver.crash(stage.driver.running()[0] ?? '')
    let updated = false
    stage.tools.openImage = async (image, at) => {
      if (!updated) await stage.update({ image: 'echo:2' })
      updated = true
      return openImage(image, at)
    }
    await reconcileService(stage.tools, key, stage.signal)
    const users = await stage.store.users({
      kind: 'image',
      workspace: 'default',
      name: 'echo',
      version: 2,
    })
    expect(users).toEqual([key])
  })

  test('an operation that a deletion overtakes is cancelled, not called a success', async () => {
    stage.behave = () => ({ kind: 'never-ready' })
    const creation = await stage.deploy()
    await reconcileService(stage.tools, key, stage.signal)
    const deletion = await stage.delete()
    await reconcileService(stage.tools, key, stage.signal)
    expect(await stage.operationState(creation)).toBe('Cancelled')
    expect(await stage.operationState(deletion)).toBe('Succeeded')
  })

  test('writes nothing when a look finds nothing new', async () => {
    await stage.deploy()
    await stage.settle()
    const before = await stage.store.revision()
    await stage.settle()
    expect(await stage.store.revision()).toBe(before)
  })
})
