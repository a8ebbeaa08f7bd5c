/** Several gateways as one: who is waited for, what is summed, and what becomes of those that fall silent. */
import type { GatewayReport } from '@slipway/contract'
import type { ServiceRoute, VersionRoute } from '@slipway/scoring'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createGatewayHub, type GatewayHub, type WaitingCall } from './gateway-hub.ts'

const prefix = '/api/v1/service/demo'

let hub: GatewayHub
let lines: string[]
let dropped: [string, number][]

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  dropped = []
  hub = createGatewayHub({
    onLine: ({ text }) => lines.push(text),
    onDroppedLines: (...lost) => dropped.push(lost),
  })
})

afterEach(async () => {
  await hub.close()
  vi.useRealTimers()
})

/** A gateway that follows and reports, as far as a test has it do so. */
class AGateway {
  readonly instance: string
  readonly events: Record<string, unknown>[] = []
  readonly #leave = new AbortController()
  #sequence = 0
  epoch = ''

  constructor(instance: string) {
    this.instance = instance
  }

  async follow(): Promise<void> {
    const stream = hub.follow({ instance: this.instance, name: this.instance }, this.#leave.signal)
    const read = async () => {
      for await (const { data } of stream) this.events.push(data as Record<string, unknown>)
    }
    read().catch(() => undefined)
    await turn()
    this.epoch = String(this.events[0]?.['epoch'])
  }

  /** Hears and settles all that was told, unless the test says otherwise. */
  report(change: Partial<GatewayReport> = {}): boolean {
    return hub.take({
      instance: this.instance,
      name: this.instance,
      sequence: (this.#sequence += 1),
      epoch: this.epoch,
      heard: Number(this.events.at(-1)?.['revision'] ?? 0),
      unsettled: [],
      clockMs: performance.now(),
      loads: {},
      stats: {},
      connections: 0,
      waiting: [],
      lines: [],
      droppedLines: 0,
      leaving: false,
      ...change,
    })
  }

  leave(): void {
    this.#leave.abort(new Error('the client left'))
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0)
}

function aRoute(change: Partial<VersionRoute> = {}, key = 'one'): ServiceRoute {
  const version = {
    name: 'v1',
    isDefault: true,
    trafficPercent: 0,
    shadowPercent: 0,
    scoringTimeoutMs: 60_000,
    maxConcurrentPerReplica: 1,
    maxQueueWaitMs: 500,
    maxQueueLength: 100,
    maxColdStartMs: 0,
    replicas: [],
    ...change,
  }
  return {
    prefix,
    service: 'demo',
    auth: { kind: 'keys', keys: [key, 'two'] },
    cors: [],
    versions: [version],
  }
}

function aLoad(change: Partial<GatewayReport['loads'][string][string]> = {}) {
  return { busySeconds: 0, queuedSeconds: 0, busy: 0, queued: 0, readyReplicas: 1, ...change }
}

const patience = () => AbortSignal.timeout(60_000)

/** Whether a promise has been kept by now. */
function keeps(promise: Promise<unknown>): { isKept: () => Promise<boolean> } {
  let isKept = false
  promise.then(
    () => (isKept = true),
    () => undefined,
  )
  return { isKept: async () => (await turn(), isKept) }
}

async function aFollower(name: string): Promise<AGateway> {
  const gateway = new AGateway(name)
  await gateway.follow()
  gateway.report()
  return gateway
}

describe('a route', () => {
  test('has settled at once where there is no gateway', async () => {
    await hub.setRoute(aRoute(), patience())
    expect(hub.load(prefix)).toEqual({ v1: aLoad({ readyReplicas: 0 }) })
  })

  test('has settled once every gateway has heard of it and has settled it', async () => {
    const [one, two] = [await aFollower('one'), await aFollower('two')]
    const set = keeps(hub.setRoute(aRoute(), patience()))
    expect(await set.isKept()).toBe(false)
    expect(one.events.at(-1)).toEqual({ type: 'route', revision: 1, route: aRoute() })
    one.report()
    two.report({ unsettled: [prefix] })
    expect(await set.isKept()).toBe(false)
    two.report()
    expect(await set.isKept()).toBe(true)
  })

  test('that is set again as it is tells nobody, and has settled', async () => {
    const gateway = await aFollower('one')
    const first = hub.setRoute(aRoute(), patience())
    await turn()
    gateway.report()
    await first
    await hub.setRoute(aRoute(), patience())
    expect(gateway.events).toHaveLength(2)
  })

  test('is given up with the signal, and holds all the same', async () => {
    await aFollower('one')
    await expect(hub.setRoute(aRoute(), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    expect(hub.load(prefix)).toBeDefined()
  })

  test('that is removed has drained in every gateway', async () => {
    const gateway = await aFollower('one')
    hub.setRoute(aRoute(), patience()).catch(() => undefined)
    const removed = keeps(hub.removeRoute(prefix, patience()))
    await turn()
    expect(gateway.events.at(-1)).toEqual({ type: 'removed', revision: 2, prefix })
    gateway.report({ unsettled: [prefix] })
    expect(await removed.isKept()).toBe(false)
    gateway.report()
    expect(await removed.isKept()).toBe(true)
    expect([hub.load(prefix), hub.stats(prefix)]).toEqual([undefined, undefined])
  })

  test('of before is in the snapshot of a gateway that comes, with its keys', async () => {
    await hub.setRoute(aRoute(), patience())
    await hub.setAuth(prefix, { kind: 'none' })
    const gateway = await aFollower('late')
    const route = { ...aRoute(), auth: { kind: 'none' } }
    expect(gateway.events).toEqual([
      { type: 'snapshot', epoch: gateway.epoch, revision: 2, routes: [{ revision: 2, route }] },
    ])
  })

  test('changed faster than a gateway takes it is told in its last form', async () => {
    const gateway = await aFollower('one')
    for (const maxQueueLength of [1, 2, 3]) {
      hub.setRoute(aRoute({ maxQueueLength }), patience()).catch(() => undefined)
    }
    await turn()
    expect(gateway.events.slice(1)).toEqual([
      { type: 'route', revision: 3, route: aRoute({ maxQueueLength: 3 }) },
    ])
  })
})

describe('keys', () => {
  test('hold everywhere when they have been set', async () => {
    const gateway = await aFollower('one')
    hub.setRoute(aRoute(), patience()).catch(() => undefined)
    const set = keeps(hub.setAuth(prefix, { kind: 'keys', keys: ['new', 'two'] }))
    expect(await set.isKept()).toBe(false)
    expect(gateway.events.at(-1)).toEqual({ type: 'route', revision: 2, route: aRoute({}, 'new') })
    gateway.report({ unsettled: [prefix] })
    expect(await set.isKept()).toBe(true)
  })

  test('do not wait for a gateway that has left, or is away for longer than ten seconds', async () => {
    const [one, two] = [await aFollower('one'), await aFollower('two')]
    hub.setRoute(aRoute(), patience()).catch(() => undefined)
    const set = keeps(hub.setAuth(prefix, { kind: 'none' }))
    one.report({ leaving: true })
    expect(await set.isKept()).toBe(false)
    two.leave()
    await vi.advanceTimersByTimeAsync(9_999)
    expect(await set.isKept()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await set.isKept()).toBe(true)
  })

  test('heard in the life of another API count for nothing', async () => {
    const gateway = await aFollower('one')
    hub.setRoute(aRoute(), patience()).catch(() => undefined)
    const set = keeps(hub.setAuth(prefix, { kind: 'none' }))
    gateway.report({ epoch: 'before', heard: 1_000 })
    expect(await set.isKept()).toBe(false)
  })

  test('of an unknown service are ignored', async () => {
    const gateway = await aFollower('one')
    await hub.setAuth(prefix, { kind: 'none' })
    expect(gateway.events).toHaveLength(1)
  })
})

describe('loads', () => {
  test('are summed, and replicas count that every gateway has reached', async () => {
    await hub.setRoute(aRoute(), patience())
    const [one, two] = [await aFollower('one'), await aFollower('two')]
    one.report({ loads: { [prefix]: { v1: aLoad({ busy: 2, queued: 1, readyReplicas: 3 }) } } })
    two.report({ loads: { [prefix]: { v1: aLoad({ busy: 1, readyReplicas: 2 }) } } })
    expect(hub.load(prefix)).toEqual({ v1: aLoad({ busy: 3, queued: 1, readyReplicas: 2 }) })
  })

  test('go on between reports, take up what was reported, and rest when nothing is', async () => {
    await hub.setRoute(aRoute(), patience())
    const gateway = await aFollower('one')
    const tell = (busySeconds: number, busy: number) =>
      gateway.report({ loads: { [prefix]: { v1: aLoad({ busySeconds, busy }) } } })
    const busySeconds = () => hub.load(prefix)?.['v1']?.busySeconds
    tell(100, 0)
    expect(busySeconds()).toBe(0)
    await vi.advanceTimersByTimeAsync(500)
    tell(101, 2)
    await vi.advanceTimersByTimeAsync(500)
    expect(busySeconds()).toBeCloseTo(1)
    gateway.report()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(busySeconds()).toBeCloseTo(1)
  })

  test('of a gateway that goes stay, and those of one that comes back do not come at once', async () => {
    await hub.setRoute(aRoute(), patience())
    const gateway = await aFollower('one')
    const tell = (busySeconds: number) =>
      gateway.report({ loads: { [prefix]: { v1: aLoad({ busySeconds, busy: 1 }) } } })
    tell(0)
    await vi.advanceTimersByTimeAsync(1_000)
    tell(1)
    await vi.advanceTimersByTimeAsync(20_000)
    const before = hub.load(prefix)?.['v1']?.busySeconds
    expect(before).toBeCloseTo(11)
    expect(tell(21)).toBe(false)
    expect(hub.load(prefix)?.['v1']?.busySeconds).toBeCloseTo(before ?? 0)
    expect(tell(21)).toBe(true)
  })
})

describe('reports', () => {
  test('bring lines once, though a reply may be lost, and none of services that are gone', async () => {
    const gateway = await aFollower('one')
    const line = {
      prefix,
      replica: 'r',
      time: '2026-01-01T00:00:00.000Z',
      stream: 'stdout',
      text: 'hello',
    } as const
    hub.setRoute(aRoute(), patience()).catch(() => undefined)
    gateway.report({ sequence: 7, lines: [line], droppedLines: 3 })
    gateway.report({ sequence: 7, lines: [line], droppedLines: 3 })
    const late = { ...line, prefix: '/api/v1/service/deleted', text: 'late' }
    gateway.report({ sequence: 8, lines: [{ ...line, text: 'more' }, late] })
    expect([lines, dropped]).toEqual([['hello', 'more'], [['one', 3]]])
  })

  test('wake who waits for calls that wait', async () => {
    const woken: WaitingCall[] = []
    hub.onWaiting((call) => woken.push(call))
    new AGateway('one').report({ waiting: [{ prefix, version: 'v1' }] })
    expect(woken).toEqual([{ prefix, version: 'v1' }])
  })

  test('are counted for each gateway by its name', async () => {
    await hub.setRoute(aRoute(), patience())
    const stats = {
      answered: { 200: 2 },
      abandoned: 0,
      refused: 1,
      queued: 0,
      inFlight: 0,
      readyReplicas: 1,
      lostReplicas: 0,
      redispatched: 0,
      runMs: 10,
      shadow: { sent: 0, same: 0, different: 0, failed: 0 },
    }
    const load = aLoad({ busySeconds: 1, queuedSeconds: 1 })
    const [one, two] = [new AGateway('one'), new AGateway('two')]
    one.report({ connections: 4, stats: { [prefix]: { v1: stats } }, loads: { [prefix]: { v1: load } } })
    const others = { ...stats, answered: { 200: 1, 503: 1 } }
    two.report({ stats: { [prefix]: { v1: others } }, loads: { [prefix]: { v1: load } } })
    const counted = { prefix, version: 'v1', busySeconds: 0, waitSeconds: 0 }
    expect(hub.counts()).toEqual([
      { gateway: 'one', connections: 4, versions: [{ ...counted, stats }] },
      { gateway: 'two', connections: 0, versions: [{ ...counted, stats: others }] },
    ])
    const sum = { answered: { 200: 3, 503: 1 }, refused: 2, runMs: 20, readyReplicas: 1 }
    expect(hub.stats(prefix)?.versions['v1']).toMatchObject(sum)
  })
})
