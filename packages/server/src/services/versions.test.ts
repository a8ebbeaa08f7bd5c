/** Versions of a service: created, given traffic, made the default, rolled back, deleted. */
import { createMemoryDriver } from '@slipway/compute'
import type { Operation } from '@slipway/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import { openServiceStage, type ServiceStage } from '../../test/services/service-stage.ts'

let stage: ServiceStage

beforeEach(async () => {
  stage = await openServiceStage()
  await stage.image('echo')
  await stage.deploy({ image: 'echo:1' })
  await stage.settle()
})

const shares = () =>
  Object.fromEntries(stage.route?.versions.map(({ name, trafficPercent }) => [name, trafficPercent]) ?? [])

describe('a new version', () => {
  test('gets no traffic unless told, and its operation ends when it is ready', async () => {
    const operation = await stage.addVersion({ name: 'v2', image: 'echo' })
    await stage.settle()
    expect(await stage.operationState(operation)).toBe('Succeeded')
    expect(shares()).toEqual({ v1: 100, v2: 0 })
    expect(await stage.version('v2')).toMatchObject({ state: 'Healthy', serving: { image: 'echo:2' } })
  })

  test('gets its share once its replicas are ready, and not before', async () => {
    const { behave } = stage
    stage.behave = () => ({ kind: 'never-ready' })
    const operation = await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 40 })
    await stage.settle()
    expect(shares()).toEqual({ v1: 100, v2: 0 })
    expect(await stage.operationState(operation)).toBe('Running')
    stage.behave = behave
    stage.driver.crash((await stage.version('v2')).replicas[0]?.id ?? '')
    await stage.settle()
    expect(shares()).toEqual({ v1: 60, v2: 40 })
    expect((await stage.version('v1')).trafficPercent).toBe(60)
  })

  test('that fails is shown, takes no traffic, and leaves the service healthy', async () => {
    stage.behave = () => ({ kind: 'failed', failure: { reason: 'InitFailed', message: 'KeyError: 7' } })
    const operation = await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 40 })
    const { status } = await stage.settle()
    expect(status).toMatchObject({ state: 'Healthy' })
    expect(status.error).toBeUndefined()
    expect(await stage.version('v2')).toMatchObject({ state: 'Failed', error: { message: 'KeyError: 7' } })
    expect(shares()).toEqual({ v1: 100, v2: 0 })
    expect(await stage.operationState(operation)).toBe('Failed')
    const other = await stage.update({ settings: { maxQueueLength: 7 } })
    await stage.settle()
    expect(await stage.operationState(other)).toBe('Succeeded')
  })

  test('leaves the default version what is left, to the digit', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 70.1 })
    await stage.settle()
    expect(shares()).toEqual({ v1: 29.9, v2: 70.1 })
    await stage.updateVersion('v2', { trafficPercent: 66.4 })
    await stage.addVersion({ name: 'v3', image: 'echo', trafficPercent: 2.9 })
    await stage.addVersion({ name: 'v4', image: 'echo', trafficPercent: 30.7 })
    await stage.settle()
    expect(shares()).toMatchObject({ v1: 0 })
  })

  test('receives copies as a shadow', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', shadowPercent: 25 })
    await stage.settle()
    expect(stage.routed('v2')).toMatchObject({ trafficPercent: 0, shadowPercent: 25 })
  })

  test('keeps its image from being deleted', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo:2' })
    const users = await stage.store.users({ kind: 'image', workspace: 'default', name: 'echo', version: 2 })
    expect(users).toHaveLength(1)
  })

  test('that is to be the default takes no share of its own', async () => {
    const wish = { name: 'v2', image: 'echo', isDefault: true, trafficPercent: 10 }
    await expect(stage.addVersion(wish)).rejects.toThrow('answers what the others leave')
  })

  test('is found by a repeated request with the same idempotency key', async () => {
    const wish = { name: 'v2', image: 'echo' }
    const first = await stage.addVersion(wish, { 'idempotency-key': 'k' })
    expect((await stage.addVersion(wish, { 'idempotency-key': 'k' })).name).toBe(first.name)
  })
})

describe('a change of traffic', () => {
  test('restarts nothing and keeps every endpoint', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 10 })
    await stage.settle()
    const running = stage.driver.running()
    const endpoints = stage.route?.versions.map(({ replicas }) => replicas)
    await stage.updateVersion('v2', { trafficPercent: 70 })
    await stage.settle()
    expect(shares()).toEqual({ v1: 30, v2: 70 })
    expect(stage.driver.running()).toEqual(running)
    expect(stage.route?.versions.map(({ replicas }) => replicas)).toEqual(endpoints)
    expect((await stage.version('v2')).history).toEqual([])
  })

  test('gives the share of a version that lost its replicas to the default one until they are back', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 30 })
    await stage.settle()
    const { behave } = stage
    stage.behave = () => ({ kind: 'never-ready' })
    const lost = (await stage.version('v2')).replicas[0]?.id ?? ''
    stage.driver.crash(lost)
    await stage.settle()
    expect(shares()).toEqual({ v1: 100, v2: 0 })
    stage.behave = behave
    stage.driver.crash(lost)
    await stage.settle()
    expect(shares()).toEqual({ v1: 70, v2: 30 })
  })
})

describe('the default version', () => {
  test('changes once the other one is ready; the one before answers until then', async () => {
    const { behave } = stage
    stage.behave = () => ({ kind: 'never-ready' })
    await stage.addVersion({ name: 'v2', image: 'echo', isDefault: true })
    await stage.settle()
    expect(shares()).toEqual({ v2: 0, v1: 100 })
    await expect(stage.deleteVersion('v1')).rejects.toMatchObject({ code: 'conflict' })
    stage.behave = behave
    stage.driver.crash((await stage.version('v2')).replicas[0]?.id ?? '')
    const { spec, status } = await stage.settle()
    expect(shares()).toEqual({ v2: 100, v1: 0 })
    expect(spec).toMatchObject({ versionName: 'v2', image: 'echo:2', controlVersion: 'v1' })
    expect(status.defaultVersion).toBe('v2')
    await stage.deleteVersion('v1')
    await stage.settle()
    expect(shares()).toEqual({ v2: 100 })
    expect((await stage.service()).spec.controlVersion).toBeUndefined()
  })

  test('takes settings, sample and description along, and leaves those of the service', async () => {
    await stage.update({ settings: { corsOrigins: ['*'] } })
    const wish = { settings: { numReplicas: 2 }, description: 'wide', sampleRequest: '[1]' }
    await stage.addVersion({ name: 'v2', image: 'echo', ...wish })
    await stage.updateVersion('v2', { isDefault: true })
    const { spec } = await stage.settle()
    expect(spec.settings).toMatchObject({ numReplicas: 2, corsOrigins: ['*'] })
    expect(spec).toMatchObject({ versionDescription: 'wide', sampleRequest: '[1]' })
    await stage.updateVersion('v1', { isDefault: true })
    const back = (await stage.settle()).spec
    expect(back.versions['v2']).toMatchObject({ ...wish, trafficPercent: 0 })
    expect(back.sampleRequest).toBeUndefined()
  })

  test('cannot be deleted while there are others; the last one goes with the service', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo' })
    await stage.settle()
    await expect(stage.deleteVersion('v1')).rejects.toMatchObject({
      code: 'conflict',
      hint: 'Make another one the default first: slipway service version update echo v2 --default true',
    })
    const deletion = await stage.deleteVersion('v2')
    await stage.settle()
    expect(await stage.operationState(deletion)).toBe('Succeeded')
    expect(Object.keys((await stage.service()).status.versions)).toEqual(['v1'])
    expect(stage.driver.running()).toHaveLength(1)
    await stage.deleteVersion('v1')
    await expect(stage.service()).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('a version', () => {
  test('is updated and rolled back by itself', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo:1' })
    await stage.settle()
    const main = (await stage.version('v1')).replicas.map(({ id }) => id)
    await stage.updateVersion('v2', { image: 'echo:2', settings: { memoryGb: 1 } })
    await stage.settle()
    expect((await stage.version('v2')).serving).toMatchObject({ image: 'echo:2', settings: { memoryGb: 1 } })
    const back = await stage.rollbackVersion('v2')
    await stage.settle()
    expect((await stage.version('v2')).serving?.image).toBe('echo:1')
    expect(await stage.operationState(back)).toBe('Succeeded')
    expect((await stage.version('v1')).replicas.map(({ id }) => id)).toEqual(main)
  })

  test('an operation on a version that is deleted meanwhile is cancelled', async () => {
    stage.behave = () => ({ kind: 'never-ready' })
    const creation = await stage.addVersion({ name: 'v2', image: 'echo' })
    await stage.settle()
    await stage.deleteVersion('v2')
    await stage.settle()
    expect(await stage.operationState(creation)).toBe('Cancelled')
  })

  test('several changes at once all hold', async () => {
    const names = ['v2', 'v3', 'v4', 'v5', 'v6']
    await Promise.all(names.map((name) => stage.addVersion({ name, image: 'echo', trafficPercent: 10 })))
    await Promise.all(names.map((name) => stage.updateVersion(name, { trafficPercent: 20 })))
    await stage.settle()
    expect(shares()).toEqual({ v1: 0, v2: 20, v3: 20, v4: 20, v5: 20, v6: 20 })
    await expect(stage.addVersion({ name: 'v7', image: 'echo' })).rejects.toThrow('a service has at most 6')
  })

  test('comes back after a restart of the server', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', trafficPercent: 50 })
    await stage.settle()
    stage.tools = { ...stage.tools, workloads: new Map(), driver: createMemoryDriver() }
    await stage.settle()
    expect(shares()).toEqual({ v1: 50, v2: 50 })
  })

  test.each([
    { name: 'v1', change: { trafficPercent: 10 }, rule: 'answers what the others leave' },
    { name: 'v1', change: { isDefault: false }, rule: 'make another version the default' },
    { name: 'v1', change: { type: 'Treatment' as const }, rule: 'make another version the control' },
    { name: 'v2', change: { isDefault: true, trafficPercent: 10 }, rule: 'answers what the others leave' },
    { name: 'v2', change: { trafficPercent: 80 }, rule: 'would make 110 percent' },
    { name: 'v9', change: {}, rule: 'has no version v9' },
    { name: 'constructor', change: {}, rule: 'has no version constructor' },
  ])('refuses $change of $name, with the rule', async ({ name, change, rule }) => {
    await stage.addVersion({ name: 'v2', image: 'echo' })
    await stage.addVersion({ name: 'v3', image: 'echo', trafficPercent: 30 })
    await expect(stage.updateVersion(name, change)).rejects.toThrow(rule)
  })

  test('is made the control, which makes a treatment of the one before', async () => {
    await stage.addVersion({ name: 'v2', image: 'echo', type: 'Control' })
    expect((await stage.service()).spec.controlVersion).toBe('v2')
    await expect(stage.updateVersion('v2', { type: 'Treatment' })).rejects.toThrow('must be Control')
    await stage.updateVersion('v1', { type: 'Control' })
    expect((await stage.service()).spec.controlVersion).toBe('v1')
  })

  test('is not changed on the ground of an old reading', async () => {
    const stale = { 'if-match': '1' }
    await stage.addVersion({ name: 'v2', image: 'echo' })
    await expect(stage.updateVersion('v2', {}, stale)).rejects.toMatchObject({ code: 'precondition-failed' })
    await expect(stage.addVersion({ name: 'v3', image: 'echo' }, stale)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
  })
})

test('a version that is deleted and made anew while a look goes on begins anew', async () => {
  await stage.addVersion({ name: 'b', image: 'echo:1' })
  await stage.settle()
  const { openImage } = stage.tools
  let deletion: Operation | undefined
  stage.tools = {
    ...stage.tools,
    openImage: async (image, signal) => {
      if (!deletion) {
        deletion = await stage.deleteVersion('b')
        await stage.addVersion({ name: 'b', image: 'echo:2' })
      }
      return openImage(image, signal)
    },
  }
  stage.behave = () => ({ kind: 'failed', failure: { reason: 'InitFailed', message: 'no licence' } })
  await stage.settle()
  expect(await stage.version('b')).toMatchObject({ state: 'Failed', history: [] })
  expect((await stage.version('b')).serving).toBeUndefined()
  expect(stage.routed('b')?.replicas).toEqual([])
  expect(deletion && (await stage.operationState(deletion))).toBe('Succeeded')
})
