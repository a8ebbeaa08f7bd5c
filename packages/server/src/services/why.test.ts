/** Which link of the chain is named, for every way in which a service may not be ready. */
import {
  EnvironmentSpec,
  ServiceSpec,
  VersionSettings,
  type Image,
  type Replica,
  type VersionStatus,
} from '@slipway/contract'
import { beforeEach, expect, test } from 'vitest'
import type * as z from 'zod'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { unseenVersion, type ServiceResource } from './service-document.ts'
import { explain } from './why.ts'

let store: ResourceStore
let gateways: number

beforeEach(() => {
  gateways = 1
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

interface Given extends Partial<VersionStatus> {
  wish?: Partial<z.input<typeof ServiceSpec>>
}

async function aService({ wish, ...change }: Given): Promise<ServiceResource> {
  const limits = { cpu: { enforced: true }, memory: { enforced: true } }
  const version = { ...unseenVersion, wantedReplicas: 1, ...change }
  const { state, error } = version
  const status = { state, ...(error && { error }), versions: { v1: version }, limits, conditions: [] }
  const spec = ServiceSpec.parse({ image: 'echo:1', ...wish })
  const service = { kind: 'service', workspace: 'default', name: 'echo', spec, status }
  return (await store.create(service)) as ServiceResource
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

function explainService(service: ServiceResource) {
  const autoscaler = { lastSample: () => 'busy 0.0 ÷ 0.7 = 0.0 → 0 of 0–3' }
  return explain(
    { store, logs, autoscaler, hasGateway: () => gateways > 0, buildLogKey: (uid) => `images/${uid}` },
    service,
  )
}

async function faultOf(service: ServiceResource) {
  asked.length = 0
  const why = await explainService(service)
  const fault = why.chain.find(({ status }) => status !== 'ok')
  return { step: fault?.step, status: fault?.status, summary: why.summary, log: why.log, asked: [...asked] }
}

const serving = {
  image: 'echo:1',
  settings: VersionSettings.parse({}),
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

test('a service that no gateway serves is not ready, however well its replicas are', async () => {
  await anImage({})
  await anEnvironment()
  gateways = 0
  const service = await aService({ state: 'Healthy', serving, replicas: [aReplica({})] })
  expect(await faultOf(service)).toMatchObject({ step: 'route', status: 'failed' })
  const { summary, hint } = await explainService(service)
  expect(summary).toBe('echo is not ready: no gateway is connected that takes requests.')
  expect(hint).toContain('--role gateway')
})

test('a service that is ready says how often its replicas ended, and why', async () => {
  await anImage({})
  await anEnvironment()
  const message = 'The replica needed more than its memory limit.'
  const replicas = [aReplica({ restarts: 2, message }), aReplica({ id: 'r-2', current: false, restarts: 9 })]
  const service = await aService({
    state: 'Healthy',
    message: '1 of 1 replicas are ready',
    serving,
    replicas,
  })
  const why = await explainService(service)
  expect(why.chain.at(-1)).toMatchObject({
    status: 'ok',
    message: `1 of 1 replicas are ready; started again 2 times: ${message}`,
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
    serving: { ...serving, settings: VersionSettings.parse({ cpuCores: 1 }) },
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

test('a service that rests is ready, and says what wakes it, and why it rests', async () => {
  await anImage({})
  await anEnvironment()
  const settings = { autoscaleEnabled: true, autoscaleMinReplicas: 0 }
  const decision = { at: '2026-01-01T00:00:00.000Z', from: 1, to: 0, reason: 'at most 0 for 60 s' }
  const service = await aService({
    wish: { settings },
    state: 'Healthy',
    message: 'no replica runs; the next request starts one',
    serving: { ...serving, settings: VersionSettings.parse(settings) },
    wantedReplicas: 0,
    autoscale: { replicas: 0, decisions: [decision] },
  })
  const why = await explainService(service)
  expect(why.chain.every(({ status }) => status === 'ok')).toBe(true)
  expect(why.chain.at(-1)?.message).toContain('the next request starts one')
  expect(why.autoscale).toEqual({
    replicas: 0,
    decisions: [decision],
    sample: 'busy 0.0 ÷ 0.7 = 0.0 → 0 of 0–3',
  })
})

test('each version is explained, and a treatment that fails leaves the service ready', async () => {
  await anImage({})
  await anEnvironment()
  const service = await aService({
    state: 'Healthy',
    serving,
    replicas: [aReplica({})],
    trafficPercent: 90,
    wish: { versions: { v2: { image: 'echo:1', trafficPercent: 10, sampleRequest: '[1]' } } },
  })
  const message = 'the sample request was answered 500: no'
  const failed = aReplica({ id: 'r-2', phase: 'failed', step: 'sample', message })
  const treatment: VersionStatus = {
    ...unseenVersion,
    state: 'Failed',
    error: { code: 'SampleRequestFailed', message },
    replicas: [failed],
  }
  service.status.versions['v2'] = treatment
  const why = await explainService(service)
  expect(why.summary).toBe('echo is ready and serves echo:1.')
  expect(why.chain.find(({ step }) => step === 'route')?.message).toBe('90 % of the requests go to echo:1')
  const [v2] = why.versions
  expect(v2?.chain.find(({ status }) => status === 'failed')).toMatchObject({ step: 'sample', message })
  expect(v2?.summary).toBe(`v2 of echo is not ready: ${message}.`)
})
