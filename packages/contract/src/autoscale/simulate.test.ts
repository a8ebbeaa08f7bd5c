/** What the simulation of the autoscaler shows, against what can be reckoned by hand. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AutoscalePolicy } from './decide.ts'
import { simulate } from './simulate.ts'
import { arrivalsOf } from './trace.ts'

const policy: AutoscalePolicy = {
  minReplicas: 1,
  maxReplicas: 10,
  targetUtilization: 0.7,
  scaleDownDelayMs: 60_000,
}
const fixed = { ...policy, maxReplicas: 1 }

describe('one replica', () => {
  test('serves one request after another; those behind wait', () => {
    const trace = [0, 0, 0].map((timeSeconds) => ({ timeSeconds, runSeconds: 2 }))
    const seen = simulate(trace, fixed, { startSeconds: 5, maxWaitSeconds: 10 })
    expect(seen).toMatchObject({
      requests: 3,
      served: 3,
      refused: { queueFull: 0, waitedTooLong: 0 },
      waitSeconds: { p50: 2, p95: 4, p99: 4, max: 4 },
      decisions: [],
      mostReplicas: 1,
      replicaSeconds: 6,
      utilization: 1,
      durationSeconds: 6,
    })
  })

  test('refuses what finds the queue full, and what waits too long', () => {
    const trace = [0, 0.1, 0.2, 0.3].map((timeSeconds) => ({ timeSeconds, runSeconds: 1 }))
    const seen = simulate(trace, fixed, { startSeconds: 5, maxWaitSeconds: 1, maxQueueLength: 2 })
    expect(seen).toMatchObject({ served: 2, refused: { queueFull: 1, waitedTooLong: 1 } })
  })

  test('that admits two holds them past the time that others may wait', () => {
    const trace = [0, 0].map((timeSeconds) => ({ timeSeconds, runSeconds: 9 }))
    const limits = { startSeconds: 5, maxWaitSeconds: 1 }
    expect(simulate(trace, fixed, limits).served).toBe(1)
    expect(simulate(trace, fixed, { ...limits, maxConcurrentPerReplica: 2 }).served).toBe(2)
  })
})

describe('a burst', () => {
  const burst = arrivalsOf([
    { seconds: 30, requestsPerSecond: 0.5, runSeconds: 0.1 },
    { seconds: 60, requestsPerSecond: 20, runSeconds: 0.2 },
  ])
  const seen = simulate(burst, policy, { startSeconds: 2, maxWaitSeconds: 5 })

  test('is answered with more replicas within two seconds, each with its arithmetic', () => {
    const [first] = seen.decisions
    expect(first?.timeSeconds).toBeLessThanOrEqual(32)
    expect(first?.timeSeconds).toBeGreaterThan(30)
    expect(first?.reason).toMatch(/^busy [\d.]+ ÷ 0.7 = [\d.]+ → \d+ of 1–10$/)
    expect(seen.mostReplicas).toBeGreaterThanOrEqual(6)
    expect(seen.mostReplicas).toBeLessThanOrEqual(10)
  })

  test('leaves its replicas for about a minute, and then one', () => {
    const [before, last] = seen.decisions.slice(-2)
    expect(last?.replicas).toBe(1)
    expect(last?.timeSeconds).toBeGreaterThanOrEqual(148)
    expect(before?.replicas).toBeGreaterThan(1)
    expect(seen.durationSeconds).toBe(last?.timeSeconds)
  })

  test('shows the same again', () => {
    expect(simulate(burst, policy, { startSeconds: 2, maxWaitSeconds: 5 })).toEqual(seen)
  })
})

test('from zero the first request waits for the start of a replica, and rest comes back', () => {
  const trace = [{ timeSeconds: 10, runSeconds: 1 }]
  const seen = simulate(trace, { ...policy, minReplicas: 0 }, { startSeconds: 3 })
  expect(seen).toMatchObject({ served: 1, waitSeconds: { max: 3 }, mostReplicas: 2 })
  expect(seen.decisions.map(({ timeSeconds, replicas }) => [timeSeconds, replicas])).toEqual([
    [10, 1],
    [10.75, 2],
    [74.25, 1],
    [74.75, 0],
  ])
})

test('every request is served or refused, whatever the settings', () => {
  const anyTrace = fc
    .array(
      fc.record({
        timeSeconds: fc.double({ min: 0, max: 60, noNaN: true }),
        runSeconds: fc.double({ min: 0, max: 9, noNaN: true }),
      }),
    )
    .map((trace) => trace.toSorted((a, b) => a.timeSeconds - b.timeSeconds))
  const anyOptions = fc.record({
    startSeconds: fc.integer({ min: 0, max: 20 }),
    maxConcurrentPerReplica: fc.integer({ min: 1, max: 4 }),
    maxWaitSeconds: fc.integer({ min: 0, max: 5 }),
    maxQueueLength: fc.integer({ min: 0, max: 5 }),
  })
  fc.assert(
    fc.property(anyTrace, anyOptions, fc.constantFrom(0, 1, 3), (trace, options, minReplicas) => {
      const seen = simulate(trace, { ...policy, minReplicas }, options)
      expect(seen.served + seen.refused.queueFull + seen.refused.waitedTooLong).toBe(trace.length)
      expect(seen.mostReplicas).toBeLessThanOrEqual(policy.maxReplicas)
      expect(seen.utilization).toBeLessThanOrEqual(1)
    }),
  )
})
