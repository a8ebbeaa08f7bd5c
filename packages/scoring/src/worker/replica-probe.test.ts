/** When a worker that does not answer is found dead. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ReplicaProbe } from './replica-probe.ts'
import type { ProbeSettings } from '../service/service-route.ts'

const settings = {
  periodMs: 100,
  timeoutMs: 20,
  initialDelayMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
}

function aProbe(changed: Partial<ProbeSettings> = {}) {
  const seen = { pings: [] as number[], alive: 0, dead: [] as string[], isIdle: true, isShared: false }
  const probe = new ReplicaProbe({
    settings: () => ({ ...settings, ...changed }),
    isIdle: () => seen.isIdle,
    isShared: () => seen.isShared,
    ping: (id) => seen.pings.push(id),
    onAlive: () => (seen.alive += 1),
    onDead: (reason) => seen.dead.push(reason),
  })
  return { probe, seen }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a worker', () => {
  test('that is ready takes calls at once, and is asked after the initial delay', () => {
    const { probe, seen } = aProbe()
    probe.start()
    expect(seen.alive).toBe(1)
    vi.advanceTimersByTime(999)
    expect(seen.pings).toEqual([])
    vi.advanceTimersByTime(1)
    expect(seen.pings).toEqual([1])
  })

  test('that leaves as many pings in a row unanswered as may be is dead, once', () => {
    const { probe, seen } = aProbe()
    probe.start()
    vi.advanceTimersByTime(1_000 + 2 * 100 + 19)
    expect(seen.dead).toEqual([])
    vi.advanceTimersByTime(1)
    expect(seen.dead).toEqual(['pings in a row without an answer within 20 ms: 3'])
    vi.advanceTimersByTime(10_000)
    expect([seen.dead.length, seen.pings.length]).toEqual([1, 3])
  })

  test('that answers in between is not, and an answer that comes late does not count', () => {
    const { probe, seen } = aProbe()
    probe.start()
    vi.advanceTimersByTime(1_100)
    probe.pong(1)
    probe.pong(2)
    vi.advanceTimersByTime(299)
    expect([seen.pings, seen.dead]).toEqual([[1, 2, 3, 4], []])
  })

  test('is not asked while it has calls', () => {
    const { probe, seen } = aProbe()
    seen.isIdle = false
    probe.start()
    vi.advanceTimersByTime(5_000)
    expect(seen.pings).toEqual([])
  })

  test('that is shared may be busy for another gateway, and is dead only once it is silent for this one alone', () => {
    const { probe, seen } = aProbe({ failureThreshold: 2 })
    seen.isShared = true
    probe.start()
    vi.advanceTimersByTime(60_000)
    expect(seen.dead).toEqual([])
    seen.isShared = false
    vi.advanceTimersByTime(200)
    expect(seen.dead).toEqual(['pings in a row without an answer within 20 ms: 2'])
  })

  test('that has to answer several times is asked at once, and again from the start after a miss', () => {
    const { probe, seen } = aProbe({ successThreshold: 3 })
    probe.start()
    expect([seen.alive, seen.pings]).toEqual([0, [1]])
    probe.pong(1)
    vi.advanceTimersByTime(100 + 20 + 80)
    expect(seen.pings).toEqual([1, 2, 3])
    probe.pong(3)
    vi.advanceTimersByTime(100)
    probe.pong(4)
    expect(seen.alive).toBe(0)
    vi.advanceTimersByTime(100)
    probe.pong(5)
    expect(seen.alive).toBe(1)
  })

  test('that is gone is not asked', () => {
    const { probe, seen } = aProbe()
    probe.start()
    probe.stop()
    vi.advanceTimersByTime(10_000)
    expect(seen.pings).toEqual([])
  })
})
