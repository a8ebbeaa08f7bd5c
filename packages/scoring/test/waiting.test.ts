/** Calls that find no free replica: how long they wait, what wakes a resting version, and how load is measured. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prefix, ScoringStack, until } from './scoring-stack.ts'
import { echoes, obeys } from './scripts.ts'

let stack: ScoringStack
let waiting: { prefix: string; version: string }[]
beforeEach(async () => {
  waiting = []
  stack = await ScoringStack.open({ onWaiting: (place) => waiting.push(place) })
})
afterEach(async () => await stack.close())

const load = () => stack.gateway.load(prefix)?.['v1']

describe('a version without a replica', () => {
  test('holds its calls until one is there, and says at once that they wait', async () => {
    await stack.route([], { maxColdStartMs: 20_000, maxQueueWaitMs: 1 })
    const calls = ['1', '2', '3'].map((body) => stack.post(body))
    await until(() => stack.stats()?.queued === 3)
    expect(waiting).toEqual([{ prefix, version: 'v1' }])
    await stack.route([await stack.startWorker(echoes)], { maxColdStartMs: 20_000 })
    const replies = await Promise.all(calls.map(async (call) => await (await call).json()))
    expect(new Set(replies)).toEqual(new Set(['1', '2', '3']))
  })

  test('says so again when calls wait again', async () => {
    await stack.route([], { maxQueueWaitMs: 20 })
    expect((await stack.post('x')).status).toBe(503)
    expect((await stack.post('x')).status).toBe(503)
    expect(waiting).toHaveLength(2)
  })

  test('holds only as many as may wait', async () => {
    await stack.route([], { maxColdStartMs: 20_000, maxQueueLength: 1 })
    const held = stack.post('held')
    await until(() => stack.stats()?.queued === 1)
    const refused = await stack.post('refused')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(stack.stats()).toMatchObject({ refused: 1, answered: { 503: 1 } })
    await stack.route([await stack.startWorker(echoes)])
    expect(await (await held).json()).toBe('held')
  })

  test('is healthy while the next call would wake it, and only then', async () => {
    const health = async () => (await fetch(`${stack.origin}${prefix}/`)).status
    await stack.route([], { maxColdStartMs: 20_000 })
    expect(await health()).toBe(200)
    expect(waiting).toEqual([])
    await stack.route([])
    expect(await health()).toBe(503)
  })

  test('refuses at once, when it is full, what has to wait no time', async () => {
    await stack.route([], { maxQueueLength: 0 })
    expect((await stack.post('x')).status).toBe(503)
    expect(waiting).toEqual([])
  })
})

test('losing the only replica while calls wait says so, too', async () => {
  const worker = await stack.startWorker(obeys)
  await stack.route([worker])
  const running = stack.post('sleep 20')
  await until(() => stack.stats()?.inFlight === 1)
  const behind = stack.post('behind')
  await until(() => stack.stats()?.queued === 1)
  expect(waiting).toEqual([])
  worker.process.kill('SIGKILL')
  await until(() => waiting.length === 1)
  expect((await running).status).toBe(502)
  await worker.ended
  await stack.restartWorker(worker)
  expect(await (await behind).json()).toBe('behind')
})

test('a call that is refused is told when those before it will have been served', async () => {
  await stack.route([await stack.startWorker(obeys)], { maxQueueLength: 3, maxQueueWaitMs: 30_000 })
  expect((await stack.post('sleep 1')).status).toBe(200)
  const calls = Array.from({ length: 4 }, () => stack.post('sleep 1'))
  await until(() => stack.stats()?.queued === 3)
  const refused = await stack.post('one too many')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '4'])
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
})

test('load is the time for which replicas were busy and calls waited', async () => {
  await stack.route([await stack.startWorker(obeys)])
  const before = load()
  expect(before).toMatchObject({ busy: 0, queued: 0, readyReplicas: 1 })
  const calls = [stack.post('sleep 0.5'), stack.post('sleep 0.5')]
  await until(() => stack.stats()?.queued === 1)
  expect(load()).toMatchObject({ busy: 1, queued: 1 })
  await Promise.all(calls)
  const after = load()
  expect((after?.busySeconds ?? 0) - (before?.busySeconds ?? 0)).toBeGreaterThanOrEqual(0.99)
  expect(after?.busySeconds).toBeLessThan(4)
  expect(after?.queuedSeconds).toBeGreaterThanOrEqual(0.45)
  expect(after).toMatchObject({ busy: 0, queued: 0 })
  expect(load()?.busySeconds).toBe(after?.busySeconds)
  expect(stack.gateway.load('/nowhere')).toBeUndefined()
})

test('load of calls that a replica admits beyond the running one is that of one replica', async () => {
  await stack.route([await stack.startWorker(obeys)], { maxConcurrentPerReplica: 2 })
  const calls = Array.from({ length: 4 }, () => stack.post('sleep 0.2'))
  await until(() => stack.stats()?.queued === 2)
  expect(load()).toMatchObject({ busy: 1, queued: 1 })
  await Promise.all(calls)
})

test('as many calls as there are replicas run at the same time', async () => {
  const workers = await Promise.all(Array.from({ length: 4 }, () => stack.startWorker(obeys)))
  await stack.route(workers)
  const calls = workers.map(() => stack.post('sleep 0.5'))
  await until(() => load()?.busy === workers.length)
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
})

test('calls of a removed service are refused at once when their worker dies before it began them', async () => {
  const worker = await stack.startWorker(obeys)
  await stack.route([worker], { maxConcurrentPerReplica: 2, maxQueueWaitMs: 600_000 })
  const lost = stack.post('sleep 60')
  await until(() => stack.logs.some(({ text }) => text === 'sleep 60'))
  const unbegun = stack.post('x')
  await until(() => stack.stats()?.inFlight === 2)
  const removed = stack.gateway.removeRoute(prefix)
  worker.process.kill('SIGKILL')
  expect([(await lost).status, (await unbegun).status]).toEqual([502, 503])
  await removed
})

test('calls do not line up behind one that takes long, however short the runs before were', async () => {
  await stack.route(await Promise.all([stack.startWorker(obeys), stack.startWorker(obeys)]))
  const answered = async () =>
    await Promise.all(Array.from({ length: 200 }, async () => (await stack.post('x')).status))
  expect(new Set(await answered())).toEqual(new Set([200]))
  const long = stack.post('sleep 2')
  await until(() => stack.logs.some(({ text }) => text === 'sleep 2'))
  expect(new Set(await answered())).toEqual(new Set([200]))
  expect(stack.stats()?.inFlight).toBe(1)
  expect((await long).status).toBe(200)
})
