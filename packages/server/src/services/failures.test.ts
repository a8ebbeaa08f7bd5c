/** What becomes of a service whose image, script or replicas fail, and how it comes back. */
import { createMemoryDriver, type ReplicaFailure } from '@slipway/compute'
import { ApiError } from '@slipway/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import { openServiceStage, type ServiceStage } from '../../test/services/service-stage.ts'

let stage: ServiceStage

beforeEach(async () => {
  stage = await openServiceStage()
})

const fails = (reason: ReplicaFailure['reason'], message: string) => () =>
  ({ kind: 'failed', failure: { reason, message } }) as const

describe('a service', () => {
  test('fails with the reason of its script, and can be deployed anew by an update', async () => {
    stage.behave = fails('InitFailed', 'init() raised KeyError')
    const operation = await stage.deploy()
    const { status } = await stage.settle()
    expect(status).toMatchObject({
      state: 'Failed',
      error: { code: 'InitFailed', message: 'init() raised KeyError' },
    })
    expect(await stage.operationState(operation)).toBe('Failed')
    stage.behave = () => ({ kind: 'ready' })
    await stage.update({ settings: { maxRequestWaitTimeMs: 700 } })
    expect((await stage.settle()).status.state).toBe('Healthy')
  })

  test('says that a replica had too little memory, and what to do', async () => {
    stage.behave = fails('OutOfMemory', 'The scoring process was killed: it needed more than its 1 GiB.')
    await stage.deploy()
    const { status } = await stage.settle()
    expect(status.error).toMatchObject({
      code: 'OutOfMemory',
      hint: expect.stringContaining('memoryGb') as string,
    })
  })

  test('keeps the old replicas serving while and after the new ones fail', async () => {
    await stage.deploy()
    await stage.settle()
    const before = stage.routed()?.replicas
    await stage.image('echo')
    stage.behave = fails('ImportFailed', 'No module named torch')
    const operation = await stage.update({ image: 'echo:2' })
    await stage.settle()
    expect(await stage.version()).toMatchObject({ state: 'Failed', serving: { image: 'echo:1' } })
    expect(stage.routed()?.replicas).toEqual(before)
    expect(await stage.operationState(operation)).toBe('Failed')
  })

  test('waits for an image that is being built, and fails with one that was not', async () => {
    await stage.image('slow', 'Running')
    await stage.deploy({ image: 'slow:1' })
    expect((await stage.settle()).status).toMatchObject({ state: 'Transitioning' })
    const image = { kind: 'image', workspace: 'default', name: 'slow', version: 1 }
    const error = { code: 'unsatisfiable', message: 'no such package' }
    await stage.store.update(image, ({ status }) => ({
      status: { ...(status as object), state: 'Failed', error },
    }))
    expect((await stage.settle()).status.error?.message).toContain('no such package')
  })

  test('brings its replicas back after the driver has lost them, also in the middle of an update', async () => {
    await stage.deploy()
    await stage.settle()
    await stage.image('echo')
    stage.behave = () => ({ kind: 'never-ready' })
    await stage.update({ image: 'echo:2' })
    await stage.settle()
    const [oldId] = [...(stage.tools.workloads.get('default/echo') ?? [])]
    const driver = createMemoryDriver({
      behave: ({ id }) =>
        id === oldId
          ? { kind: 'ready', endpoint: { socketPath: '/run/back.sock' } }
          : { kind: 'never-ready' },
    })
    stage.tools = { ...stage.tools, driver, workloads: new Map() }
    await stage.settle()
    expect(await stage.version()).toMatchObject({ state: 'Transitioning', serving: { image: 'echo:1' } })
    expect(stage.routed()?.replicas.map(({ socketPath }) => socketPath)).toEqual(['/run/back.sock'])
  })

  test('says why an image cannot be opened, ends its operation, and keeps the image before', async () => {
    await stage.deploy()
    await stage.settle()
    const before = stage.routed()?.replicas
    await stage.image('echo')
    const operation = await stage.update({ image: 'echo:2' })
    const { openImage } = stage.tools
    const full = new ApiError('insufficient-storage', 'the disk is full')
    stage.tools.openImage = (image, at) => (image.version === 2 ? Promise.reject(full) : openImage(image, at))
    const { status } = await stage.settle()
    expect(status).toMatchObject({ state: 'Failed', error: { code: 'insufficient-storage' } })
    expect(status.error?.message).toContain('the disk is full')
    expect(stage.routed()?.replicas).toEqual(before)
    expect(await stage.operationState(operation)).toBe('Failed')
    stage.tools.openImage = openImage
    expect((await stage.settle()).status.state).toBe('Healthy')
    expect((await stage.version()).serving?.image).toBe('echo:2')
  })

  test('starts failed replicas again when it is asked for once more, with the same spec', async () => {
    stage.behave = fails('InitFailed', 'the database is away')
    await stage.deploy()
    await stage.settle()
    stage.behave = () => ({ kind: 'ready' })
    expect((await stage.settle()).status.state).toBe('Failed')
    const again = await stage.update({})
    expect((await stage.settle()).status.state).toBe('Healthy')
    expect(await stage.operationState(again)).toBe('Succeeded')
  })

  test('does not say that the version before serves when its replicas have failed too', async () => {
    await stage.deploy()
    await stage.settle()
    await stage.image('echo')
    stage.behave = fails('InitFailed', 'no licence')
    await stage.update({ image: 'echo:2' })
    expect((await stage.settle()).status.error?.message).toContain('keeps serving')
    for (const id of stage.driver.running()) stage.driver.crash(id)
    expect((await stage.settle()).status.error?.message).not.toContain('keeps serving')
  })
})

describe('a sample request', () => {
  test('is answered by every replica before the route knows it', async () => {
    const asked: string[] = []
    stage.answer = async ({ endpoint, body }) => {
      asked.push(`${endpoint.id} ${body}`)
      expect(stage.routed()?.replicas.map(({ id }) => id) ?? []).not.toContain(endpoint.id)
      return { status: 200, text: '[1]' }
    }
    const operation = await stage.deploy({ sampleRequest: '{"data": [1]}', settings: { numReplicas: 2 } })
    expect((await stage.settle()).status.state).toBe('Healthy')
    expect(asked).toHaveLength(2)
    expect(asked[0]).toContain('{"data": [1]}')
    expect(await stage.operationState(operation)).toBe('Succeeded')
    await stage.settle()
    expect(asked).toHaveLength(2)
  })

  test('that is answered with an error fails the rollout with its text, and the image before keeps serving', async () => {
    await stage.deploy({ sampleRequest: '[1]' })
    await stage.settle()
    const before = stage.routed()?.replicas
    await stage.image('echo')
    stage.answer = async () => ({ status: 500, text: '{"message": "no such column"}' })
    const operation = await stage.update({ image: 'echo:2' })
    const { status } = await stage.settle()
    expect(status.error).toMatchObject({ code: 'SampleRequestFailed' })
    expect(status.error?.message).toContain('answered 500: {"message": "no such column"}')
    expect(stage.routed()?.replicas).toEqual(before)
    expect(await stage.operationState(operation)).toBe('Failed')
  })

  test('that cannot be sent fails the rollout too', async () => {
    stage.answer = () => Promise.reject(new Error('the worker left'))
    await stage.deploy({ sampleRequest: '[1]' })
    expect((await stage.settle()).status.error?.message).toContain('the worker left')
  })

  test('that is added later takes no replica out of the traffic', async () => {
    await stage.deploy()
    await stage.settle()
    const before = stage.routed()?.replicas
    stage.answer = async () => ({ status: 500, text: 'never' })
    await stage.update({ sampleRequest: '[1]' })
    expect((await stage.settle()).status.state).toBe('Healthy')
    expect(stage.routed()?.replicas).toEqual(before)
  })
})
