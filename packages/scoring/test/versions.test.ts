/** Several versions of a service: who answers, how a client chooses, and how versions come and go. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aVersion, prefix, type RunningWorker, ScoringStack, until } from './scoring-stack.ts'
import { answers, echoes, obeys } from './scripts.ts'

let stack: ScoringStack
beforeEach(async () => {
  stack = await ScoringStack.open()
})
afterEach(async () => await stack.close())

const header = 'azureml-model-deployment'

/** A version that is served by one worker. */
const served = (name: string, { endpoint }: RunningWorker, settings: Parameters<typeof aVersion>[0] = {}) =>
  aVersion({ name, isDefault: false, replicas: [endpoint], ...settings })

/** The default version `red`, and `blue` with a share. */
async function twoVersions(trafficPercent: number): Promise<{ red: RunningWorker; blue: RunningWorker }> {
  const [red, blue] = await Promise.all([
    stack.startWorker(answers('red')),
    stack.startWorker(answers('blue')),
  ])
  const versions = [served('red', red, { isDefault: true }), served('blue', blue, { trafficPercent })]
  await stack.route([], { versions })
  return { red, blue }
}

describe('traffic', () => {
  test('is shared out by percentage, and each reply names the version that gave it', async () => {
    await twoVersions(25)
    const seen: unknown[] = []
    for (let at = 0; at < 100; at += 1) {
      const reply = await stack.post('x')
      expect(reply.headers.get(header)).toBe(await reply.clone().json())
      seen.push(await reply.json())
    }
    expect(seen.filter((name) => name === 'blue')).toHaveLength(25)
    expect(stack.stats('blue')?.answered).toEqual({ 200: 25 })
  })

  test('changes without a new connection, from the next request on', async () => {
    const { red, blue } = await twoVersions(0)
    await stack.post('x')
    const versions = [served('red', red, { trafficPercent: 100 }), served('blue', blue, { isDefault: true })]
    await stack.route([], { versions: versions.map((each) => ({ ...each, trafficPercent: 0 })) })
    expect(await (await stack.post('x')).json()).toBe('blue')
    expect(stack.stats('red')).toMatchObject({ lostReplicas: 0, readyReplicas: 1, answered: { 200: 1 } })
  })

  test('to a service of one version tells nobody its name', async () => {
    await stack.route([await stack.startWorker(echoes)])
    expect((await stack.post('x')).headers.has(header)).toBe(false)
  })
})

describe('a client that asks for a version', () => {
  test('gets it, also one without traffic, and takes nothing of the shares of others', async () => {
    await twoVersions(0)
    const reply = await stack.post('x', { [header]: 'blue' })
    expect([await reply.json(), reply.headers.get(header)]).toEqual(['blue', 'blue'])
    expect(await (await stack.post('x')).json()).toBe('red')
  })

  test('that there is not gets 404 with those that there are', async () => {
    await twoVersions(0)
    const reply = await stack.post('x', { [header]: 'green' })
    expect([reply.status, await reply.json()]).toEqual([
      404,
      { message: 'Service demo has no version green. Its versions: red, blue.' },
    ])
  })

  test('gets its health and its description', async () => {
    const { red } = await twoVersions(0)
    await stack.route([], {
      versions: [served('red', red, { isDefault: true }), aVersion({ name: 'blue', isDefault: false })],
    })
    const ask = (path: string, name?: string) =>
      fetch(`${stack.origin}${prefix}${path}`, name === undefined ? {} : { headers: { [header]: name } })
    expect((await ask('/')).status).toBe(200)
    expect((await ask('/', 'red')).status).toBe(200)
    expect((await ask('/', 'blue')).status).toBe(503)
    expect((await ask('/', 'green')).status).toBe(404)
    expect((await ask('/swagger.json', 'red')).status).toBe(200)
    expect((await ask('/swagger.json', 'blue')).status).toBe(503)
  })
})

test('a service is healthy while a version that has traffic is', async () => {
  const blue = await stack.startWorker(answers('blue'))
  const health = async () => (await fetch(`${stack.origin}${prefix}/`)).status
  const red = aVersion({ name: 'red' })
  await stack.route([], { versions: [red, served('blue', blue, { trafficPercent: 10 })] })
  expect(await health()).toBe(200)
  await stack.route([], { versions: [red, served('blue', blue)] })
  expect(await health()).toBe(503)
})

test('a version that is dropped answers the calls it has, and then the change is done', async () => {
  const [red, blue] = await Promise.all([stack.startWorker(answers('red')), stack.startWorker(obeys)])
  const kept = served('red', red, { isDefault: true })
  await stack.route([], { versions: [kept, served('blue', blue, { maxConcurrentPerReplica: 1 })] })
  const running = stack.post('sleep 1', { [header]: 'blue' })
  await until(() => stack.stats('blue')?.inFlight === 1)
  const waiting = stack.post('behind', { [header]: 'blue' })
  await until(() => stack.stats('blue')?.queued === 1)
  let isDone = false
  const change = stack.route([], { versions: [kept] }).then(() => (isDone = true))
  expect((await stack.post('x', { [header]: 'blue' })).status).toBe(404)
  expect(isDone).toBe(false)
  expect(await (await running).json()).toBe('sleep 1')
  expect(await (await waiting).json()).toBe('behind')
  await change
  expect(stack.stats('blue')).toBeUndefined()
})

test('a version that comes under load is given its share without a refusal', async () => {
  const { red, blue } = await twoVersions(50)
  const green = await stack.startWorker(answers('green'))
  const over = new AbortController()
  const asking = Array.from({ length: 8 }, async () => {
    const statuses = new Set<number>()
    while (!over.signal.aborted) statuses.add((await stack.post('x')).status)
    return statuses
  })
  const versions = [
    served('red', red, { isDefault: true }),
    served('blue', blue),
    served('green', green, { trafficPercent: 50 }),
  ]
  await stack.route([], { versions })
  await until(() => (stack.stats('green')?.answered[200] ?? 0) > 50)
  over.abort()
  for (const statuses of await Promise.all(asking)) expect([...statuses]).toEqual([200])
})
