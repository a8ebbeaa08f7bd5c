/** Services with real workers behind a real gateway: scaled by their load, woken, tried, and told apart by version. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLiveService, type LiveService } from './live-service.ts'

const slow = `
import time

def init():
    pass

def run(raw_data):
    time.sleep(0.1)
    return raw_data
`

const picky = `
def init():
    pass

def run(raw_data):
    print("asked for " + raw_data)
    return 1 / int(raw_data)
`

const scaleDownDelayMs = 1500

let live: LiveService

beforeEach(async () => {
  live = await openLiveService({ scaleDownDelayMs })
})
afterEach(async () => {
  await live.close()
})

const open = { authEnabled: false, maxRequestWaitTimeMs: 30_000 }

/** Keeps so many calls under way until told to stop; gives the statuses of all. */
function load(callers: number): { stop(): Promise<number[]> } {
  const over = new AbortController()
  const statuses: number[] = []
  const call = async () => {
    while (!over.signal.aborted) {
      const reply = await live.score('x')
      await reply.text()
      statuses.push(reply.status)
    }
  }
  const all = Array.from({ length: callers }, call)
  return {
    async stop() {
      over.abort()
      await Promise.all(all)
      return statuses
    },
  }
}

describe('a service that scales', () => {
  test('gets more replicas on a burst and fewer when it is over, and no call is lost', async () => {
    await live.image('echo', slow)
    const settings = { ...open, autoscaleEnabled: true, autoscaleMaxReplicas: 3 }
    await live.deploy({ settings })
    await live.until(({ state }) => state === 'Healthy')
    const burst = Date.now()
    const calls = load(6)
    const up = await live.until(({ autoscale }) => autoscale?.replicas === 3)
    const first = up.autoscale?.decisions.at(-1)
    // A period of one second, and what a busy machine adds to it.
    expect(Date.parse(first?.at ?? '') - burst).toBeLessThan(2000)
    expect(first?.reason).toMatch(/^busy [\d.]+ ÷ 0\.7 = [\d.]+ → \d of 1–3$/)
    await live.until(({ replicas }) => replicas.filter(({ phase }) => phase === 'ready').length === 3)
    const statuses = await calls.stop()
    const over = Date.now()
    expect(new Set(statuses)).toEqual(new Set([200]))
    const down = await live.until(
      ({ replicas, wantedReplicas }) => wantedReplicas === 1 && replicas.length === 1,
    )
    expect(Date.parse(down.autoscale?.decisions[0]?.at ?? '') - over).toBeGreaterThan(0)
    expect((await live.score('still there')).status).toBe(200)
  })

  test('rests with no replica, and holds the request that wakes it', async () => {
    await live.image('echo', slow)
    const settings = { ...open, maxRequestWaitTimeMs: 0, autoscaleEnabled: true, autoscaleMinReplicas: 0 }
    await live.deploy({ settings })
    await live.until(({ autoscale, replicas }) => autoscale?.replicas === 0 && replicas.length === 0)
    const reply = await live.score('wake up')
    expect({ status: reply.status, text: await reply.text() }).toEqual({ status: 200, text: '"wake up"' })
    const { autoscale } = await live.until(({ wantedReplicas }) => wantedReplicas === 1)
    expect(autoscale?.decisions[0]).toMatchObject({ from: 0, to: 1 })
  })
})

describe('a sample request', () => {
  test('that the script cannot answer keeps a version out of the traffic, and its traceback is in the log', async () => {
    await live.image('echo', picky)
    await live.deploy({ settings: open, sampleRequest: '2' })
    await live.until(({ state }) => state === 'Healthy')
    await live.addVersion({ name: 'v2', image: 'echo', trafficPercent: 100, sampleRequest: '0' })
    const failed = await live.until(({ state }) => state === 'Failed', 'v2')
    expect(failed.error).toMatchObject({
      code: 'SampleRequestFailed',
      message: expect.stringContaining('the sample request was answered 500: ') as string,
    })
    expect(live.lines.join('\n')).toContain('ZeroDivisionError')
    expect(await (await live.score('4')).text()).toBe('0.25')
  })
})

test('versions are told apart by the header of their replies, and by that of a request', async () => {
  await live.image('echo', slow)
  await live.deploy({ settings: open })
  await live.until(({ state }) => state === 'Healthy')
  await live.addVersion({ name: 'v2', image: 'echo', trafficPercent: 50 })
  await live.until(({ trafficPercent }) => trafficPercent === 50, 'v2')
  const header = 'azureml-model-deployment'
  const replies = await Promise.all(Array.from({ length: 10 }, () => live.score('x')))
  const answeredBy = (name: string) => replies.filter(({ headers }) => headers.get(header) === name).length
  expect([answeredBy('v1'), answeredBy('v2')]).toEqual([5, 5])
  const pinned = await live.score('x', { [header]: 'v2' })
  expect(pinned.headers.get(header)).toBe('v2')
  const unknown = await live.score('x', { [header]: 'v9' })
  expect({ status: unknown.status, text: await unknown.text() }).toEqual({
    status: 404,
    text: expect.stringContaining('v1, v2') as string,
  })
})

test('a token opens its service until all tokens are revoked, which holds on the next request', async () => {
  await live.image('echo', slow)
  await live.deploy({ settings: { tokenAuthEnabled: true } })
  await live.until(({ state }) => state === 'Healthy')
  const statusWith = async (token: string) =>
    (await live.score('x', { authorization: `Bearer ${token}` })).status
  const before = await live.token()
  expect([await statusWith(before), await statusWith('not-a-token')]).toEqual([200, 401])
  const after = await live.revokeTokens()
  expect([await statusWith(before), await statusWith(after)]).toEqual([401, 200])
})
