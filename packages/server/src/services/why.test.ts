/** Which link of the chain is named, for every way in which a service may not be ready. */
import { EnvironmentSpec, ServiceSettings, type Image, type Replica } from '@slipway/contract'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import type { ServiceResource, StoredStatus } from './service-document.ts'
import { explain } from './why.ts'

let store: ResourceStore

beforeEach(() => {
  store = createMemoryStore()
})

async function anImage(status: Partial<Image['status']>): Promise<void> {
  const environment = EnvironmentSpec.parse({})
  const spec = { entryScript: 'score.py', files: [], models: [], environment, enableGpu: false }
  const base = {
    state: 'Succeeded',
    layers: [],
    warnings: [],
    conditions: [],
    digest: 'sha256:1',
    environment: 'env-1',
  }
  await store.createVersion({
    kind: 'image',
    workspace: 'default',
    name: 'echo',
    spec,
    status: { ...base, ...status },
  })
}

async function anEnvironment(): Promise<void> {
  const status = {
    state: 'Succeeded',
    hash: '1',
    python: { version: '3.11.7', path: '/python' },
    packages: [],
    conditions: [],
  }
  await store.create({ kind: 'environment', workspace: 'default', name: 'env-1', spec: {}, status })
}

async function aService(change: Partial<StoredStatus>): Promise<ServiceResource> {
  const limits = { cpu: { enforced: true }, memory: { enforced: true } }
  const status = { state: 'Transitioning', history: [], replicas: [], limits, conditions: [], ...change }
  const spec = { image: 'echo:1', target: 'process', settings: ServiceSettings.parse({}) }
  return (await store.create({
    kind: 'service',
    workspace: 'default',
    name: 'echo',
    spec,
    status,
  })) as ServiceResource
}

function aReplica(change: Partial<Replica>): Replica {
  return {
    id: 'r-1',
    image: 'echo:1',
    current: true,
    phase: 'ready',
    restarts: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  }
}

const asked: string[] = []
const logs = {
  append: async () => {},
  follow: async function* () {},
  remove: async () => {},
  close: async () => {},
  read: async (key: string) => {
    asked.push(key)
    return [
      { time: '2026-01-01T00:00:00.000Z', source: 'r-1', stream: 'stderr' as const, text: 'KeyError: 7' },
    ]
  },
}

async function faultOf(service: ServiceResource) {
  asked.length = 0
  const why = await explain({ store, logs, buildLogKey: (uid) => `images/${uid}` }, service)
  const fault = why.chain.find(({ status }) => status !== 'ok')
  return { step: fault?.step, status: fault?.status, summary: why.summary, log: why.log, asked: [...asked] }
}

const serving = {
  image: 'echo:1',
  settings: ServiceSettings.parse({}),
  generation: 1,
  servedSince: '2026-01-01T00:00:00.000Z',
}

test('a service that is ready has a chain without a fault', async () => {
  await anImage({})
  await anEnvironment()
  const service = await aService({ state: 'Healthy', serving, replicas: [aReplica({})] })
  expect(await faultOf(service)).toMatchObject({
    step: undefined,
    summary: 'echo is ready and serves echo:1.',
    log: [],
  })
})

test('packages that cannot be had are the environment’s fault, with the log of the build', async () => {
  const error = { code: 'unavailable', message: 'the package index cannot be reached' }
  await anImage({ state: 'Failed', stage: 'environment', environment: undefined, error })
  const service = await aService({ state: 'Failed', error })
  const fault = await faultOf(service)
  expect(fault).toMatchObject({ step: 'environment', status: 'failed', log: ['KeyError: 7'] })
  expect(fault.asked[0]).toMatch(/^images\//)
})

test('a layer that cannot be written is the build’s fault', async () => {
  const error = { code: 'insufficient-storage', message: 'the disk is full' }
  await anImage({ state: 'Failed', stage: 'layers', error })
  expect(await faultOf(await aService({ state: 'Failed', error }))).toMatchObject({
    step: 'build',
    status: 'failed',
  })
})

test('an image that cannot be opened fails at the start, with its reason', async () => {
  await anImage({})
  await anEnvironment()
  const error = {
    code: 'corrupted',
    message: 'the image echo:1 cannot be opened on this machine: a blob is damaged',
  }
  const fault = await faultOf(await aService({ state: 'Failed', error }))
  expect(fault).toMatchObject({ step: 'start', status: 'failed' })
  expect(fault.summary).toContain('a blob is damaged')
})

test.each([
  { step: 'spawn', named: 'start' },
  { step: 'import', named: 'import' },
  { step: 'init', named: 'init' },
])('a replica that failed at $step is named there, with its own lines', async ({ step, named }) => {
  await anImage({})
  await anEnvironment()
  const error = { code: 'InitFailed', message: 'KeyError: 7' }
  const replicas = [aReplica({ phase: 'failed', step, message: 'KeyError: 7' })]
  const fault = await faultOf(await aService({ state: 'Failed', error, replicas }))
  expect(fault).toMatchObject({ step: named, status: 'failed', log: ['KeyError: 7'] })
})

test('an update of settings that fails is not hidden by the replicas of before', async () => {
  await anImage({})
  await anEnvironment()
  const before = aReplica({ id: 'r-0', current: false })
  const failed = aReplica({ phase: 'failed', step: 'init', message: 'KeyError: 7' })
  const error = { code: 'InitFailed', message: 'KeyError: 7' }
  const service = await aService({
    state: 'Failed',
    error,
    serving: { ...serving, generation: 0 },
    replicas: [failed, before],
  })
  const fault = await faultOf(service)
  expect(fault).toMatchObject({ step: 'init', status: 'failed' })
  expect(fault.summary).toContain('echo:1 keeps serving')
})

test('a service that waits says what for', async () => {
  await anImage({ state: 'Running', digest: undefined, environment: undefined })
  expect(await faultOf(await aService({}))).toMatchObject({ step: 'environment', status: 'waiting' })
})
