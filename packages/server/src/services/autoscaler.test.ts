/** When the autoscaler decides, what it keeps, and that a look carries it out; in fake time. */
import type { VersionLoad } from '@slipway/scoring'
import { autoscaleOf, VersionSettings, type ScalingDecision } from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openServiceStage, place, prefix, type ServiceStage } from '../../test/services/service-stage.ts'
import { createAutoscaler, type Autoscaler, type AutoscalerOptions } from './autoscaler.ts'
import { keepDecision } from './keep-decision.ts'

const decisions: ScalingDecision[] = []
const errors: unknown[] = []
const idle: VersionLoad = { busySeconds: 0, queuedSeconds: 0, busy: 0, queued: 0, readyReplicas: 1 }
let load: VersionLoad
let autoscaler: Autoscaler

/** So many replicas are busy, and so many calls wait, for so long. */
async function spend(ms: number, busy: number, queued = 0): Promise<void> {
  const since = { ...load, ms: Date.now() }
  load = {
    ...since,
    get busySeconds() {
      return since.busySeconds + (busy * (Date.now() - since.ms)) / 1000
    },
    get queuedSeconds() {
      return since.queuedSeconds + (queued * (Date.now() - since.ms)) / 1000
    },
  }
  await vi.advanceTimersByTimeAsync(ms)
}

const policy = { minReplicas: 1, maxReplicas: 10, refreshSeconds: 1, targetUtilization: 70 }

function openAutoscaler(change: Partial<AutoscalerOptions> = {}): Autoscaler {
  return createAutoscaler({
    load: () => ({ v1: load }),
    keep: async (_place, _version, decision) => void decisions.push(decision),
    onError: (error) => errors.push(error),
    now: () => new Date(),
    clock: () => Date.now(),
    scaleDownDelayMs: 3000,
    ...change,
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  decisions.length = 0
  errors.length = 0
  load = idle
  autoscaler = openAutoscaler()
})

afterEach(() => {
  autoscaler.close()
  vi.useRealTimers()
})

describe('the autoscaler', () => {
  test('adds replicas within a second of a burst, with the arithmetic', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 1 }])
    await spend(1000, 1, 2.5)
    expect(decisions).toEqual([
      {
        at: new Date().toISOString(),
        from: 1,
        to: 5,
        reason: expect.stringContaining('busy 3.5 ÷ 0.7 = 5.0 → 5 of 1–10') as string,
      },
    ])
    expect(autoscaler.lastSample(place, 'v1')).toContain('busy 3.5')
  })

  test('answers a burst within a second, wherever in a period it begins', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 1 }])
    await spend(1900, 0)
    await spend(950, 1, 0)
    expect(decisions.map(({ from, to }) => [from, to])).toEqual([[1, 2]])
  })

  test('takes replicas away only when fewer have been enough for the delay', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 4 }])
    await spend(3000, 0.5)
    expect(decisions).toEqual([])
    await spend(1500, 0.5)
    expect(decisions.map(({ from, to }) => [from, to])).toEqual([[4, 1]])
  })

  test('goes to zero where that is allowed, and wakes at once for a request', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy: { ...policy, minReplicas: 0 }, replicas: 1 }])
    await spend(5000, 0)
    autoscaler.wake(prefix, 'v1')
    autoscaler.wake(prefix, 'v1')
    await vi.advanceTimersByTimeAsync(0)
    expect(decisions.map(({ from, to }) => [from, to])).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(decisions[1]?.reason).toContain('a request waits')
  })

  test('wakes a version for a request that began to wait before anybody watched', async () => {
    load = { ...idle, queued: 1, readyReplicas: 0 }
    const slow = { ...policy, minReplicas: 0, refreshSeconds: 3600 }
    autoscaler.watch(place, [{ name: 'v1', policy: slow, replicas: 0 }])
    await vi.advanceTimersByTimeAsync(0)
    expect(decisions.map(({ from, to }) => [from, to])).toEqual([[0, 1]])
  })

  test('wakes a version for a request that comes while going to zero is being kept', async () => {
    autoscaler.close()
    const kept = Promise.withResolvers<void>()
    const keep = vi.fn<AutoscalerOptions['keep']>().mockReturnValueOnce(kept.promise).mockResolvedValue()
    autoscaler = openAutoscaler({ keep })
    autoscaler.watch(place, [{ name: 'v1', policy: { ...policy, minReplicas: 0 }, replicas: 1 }])
    await spend(5000, 0)
    autoscaler.wake(prefix, 'v1')
    kept.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(keep.mock.calls.map(([, , { from, to }]) => [from, to])).toEqual([
      [1, 0],
      [0, 1],
    ])
  })

  test('decides in periods of the policy, also after it has changed', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy: { ...policy, refreshSeconds: 5 }, replicas: 1 }])
    await spend(4000, 3)
    expect(decisions).toEqual([])
    await spend(1000, 3)
    expect(decisions).toHaveLength(1)
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 5 }])
    await spend(1000, 7)
    expect(decisions.map(({ to }) => to)).toEqual([5, 10])
  })

  test('makes a decision again that could not be kept, and says so', async () => {
    autoscaler.close()
    const full = new Error('the disk is full')
    const keep = vi.fn<AutoscalerOptions['keep']>().mockRejectedValueOnce(full).mockResolvedValue()
    autoscaler = openAutoscaler({ keep })
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 1 }])
    await spend(2000, 3)
    expect(errors).toEqual([full])
    expect(keep.mock.calls.map(([, , { from, to }]) => [from, to])).toEqual([
      [1, 5],
      [1, 5],
    ])
  })

  test('forgets versions that are no longer watched, and ignores what it does not know', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 1 }])
    autoscaler.watch(place, [])
    autoscaler.wake(prefix, 'v1')
    await spend(2000, 5)
    expect(decisions).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('takes gateways that begin to count anew for idle, not for less than nothing', async () => {
    autoscaler.watch(place, [{ name: 'v1', policy, replicas: 1 }])
    await spend(1000, 0.5)
    load = idle
    await spend(1000, 0)
    expect(autoscaler.lastSample(place, 'v1')).toContain('busy 0.0')
  })
})

describe('a decision', () => {
  const settings = { autoscaleEnabled: true, autoscaleMinReplicas: 0, autoscaleMaxReplicas: 4 }
  let stage: ServiceStage

  const decide = async (from: number, to: number) => {
    const decision = { at: '2026-01-01T00:00:00.000Z', from, to, reason: `${from} to ${to}` }
    await keepDecision(stage.tools, { place, version: 'v1', decision })
  }

  beforeEach(async () => {
    vi.useRealTimers()
    stage = await openServiceStage()
    await stage.deploy({ settings })
    await stage.settle()
  })

  test('is carried out by the next look, and kept out of the spec', async () => {
    expect(stage.routed()?.replicas).toHaveLength(1)
    await decide(1, 3)
    await stage.settle()
    expect(stage.routed()?.replicas).toHaveLength(3)
    expect(await stage.version()).toMatchObject({ wantedReplicas: 3, autoscale: { replicas: 3 } })
    expect((await stage.service()).metadata.generation).toBe(1)
    expect(stage.watched).toMatchObject([
      { name: 'v1', policy: autoscaleOf(VersionSettings.parse(settings)) },
    ])
  })

  test('for none stops them all, and the service says that a request wakes it', async () => {
    await decide(1, 0)
    const { status } = await stage.settle()
    expect(stage.driver.running()).toEqual([])
    expect(status.state).toBe('Healthy')
    expect(stage.routed()).toMatchObject({ replicas: [], maxColdStartMs: 300_000, trafficPercent: 100 })
    expect((await stage.version()).message).toContain('the next request starts one')
    stage.behave = () => ({ kind: 'never-ready' })
    await decide(0, 1)
    expect((await stage.settle()).status.state).toBe('Transitioning')
  })

  test('survives a restart of the server', async () => {
    await decide(1, 2)
    await stage.settle()
    stage.tools = { ...stage.tools, workloads: new Map() }
    await stage.settle()
    expect(await stage.version()).toMatchObject({ wantedReplicas: 2 })
    expect(stage.watched[0]?.replicas).toBe(2)
  })

  test('never leaves the bounds that the settings have now', async () => {
    await decide(1, 4)
    await stage.update({ settings: { autoscaleMaxReplicas: 2 } })
    await stage.settle()
    expect(stage.driver.running()).toHaveLength(2)
  })

  test('is forgotten when autoscaling is turned off, which takes its settings away', async () => {
    await decide(1, 4)
    await stage.update({ settings: { autoscaleEnabled: false, numReplicas: 2 } })
    await stage.settle()
    expect(stage.driver.running()).toHaveLength(2)
    expect((await stage.version()).autoscale).toBeUndefined()
    expect((await stage.service()).spec.settings.autoscaleMaxReplicas).toBeUndefined()
    await decide(4, 3)
    expect((await stage.version()).autoscale).toBeUndefined()
  })

  test('is shown with the last twenty', async () => {
    for (let count = 0; count < 25; count += 1) await decide(count, count + 1)
    const { autoscale } = await stage.version()
    expect(autoscale?.decisions).toHaveLength(20)
    expect(autoscale?.decisions[0]?.reason).toBe('24 to 25')
  })

  test('a version at rest whose new image is rolled out runs it once before it rests again', async () => {
    await decide(1, 0)
    await stage.settle()
    await stage.image('echo')
    stage.behave = () => ({ kind: 'failed', failure: { reason: 'InitFailed', message: 'no licence' } })
    const operation = await stage.update({ image: 'echo:2' })
    await stage.settle()
    expect(await stage.operationState(operation)).toBe('Failed')
    expect(await stage.version()).toMatchObject({ serving: { image: 'echo:1' } })
    // A request still wakes what serves, and not what failed.
    expect(stage.routed()?.maxColdStartMs).toBe(300_000)
  })

  test('a version at rest that cannot start any more makes no request wait', async () => {
    await decide(1, 0)
    await stage.settle()
    stage.behave = () => ({ kind: 'failed', failure: { reason: 'InitFailed', message: 'no licence' } })
    await decide(0, 1)
    expect((await stage.settle()).status).toMatchObject({ state: 'Failed', error: { message: 'no licence' } })
    expect(stage.routed()?.maxColdStartMs).toBe(0)
  })
})
