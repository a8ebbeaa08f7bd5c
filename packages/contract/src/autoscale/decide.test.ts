/** The autoscaler's decisions: its arithmetic, its patience, its bounds. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AutoscalePolicy, type AutoscaleState, decide, wake } from './decide.ts'

const policy: AutoscalePolicy = {
  minReplicas: 1,
  maxReplicas: 10,
  targetUtilization: 0.7,
  scaleDownDelayMs: 60_000,
}
const anyPolicy = fc
  .record({
    minReplicas: fc.integer({ min: 0, max: 5 }),
    more: fc.integer({ min: 0, max: 20 }),
    targetUtilization: fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100),
    scaleDownDelayMs: fc.integer({ min: 0, max: 120_000 }),
  })
  .map(({ more, ...rest }) => ({ ...rest, maxReplicas: Math.max(1, rest.minReplicas + more) }))
const anyBusy = fc.nat({ max: 3_000 }).map((hundredths) => hundredths / 100)

/** Decides once a second, as a controller does. */
function walk(
  each: AutoscalePolicy,
  samples: readonly number[],
  start: AutoscaleState = { replicas: each.minReplicas },
) {
  let state = start
  return samples.map((busy, second) => {
    const { reason, ...next } = decide(each, state, { busy, nowMs: second * 1_000 })
    state = next
    return { replicas: next.replicas, reason }
  })
}

test.each([
  { replicas: 1, busy: 0, to: 1, reason: 'busy 0.0 ÷ 0.7 = 0.0 → 1 of 1–10' },
  { replicas: 1, busy: 0.7, to: 1, reason: 'busy 0.7 ÷ 0.7 = 1.0 → 1 of 1–10' },
  { replicas: 1, busy: 0.71, to: 2, reason: 'busy 0.71 ÷ 0.7 = 1.01 → 2 of 1–10' },
  { replicas: 2, busy: 2.1, to: 3, reason: 'busy 2.1 ÷ 0.7 = 3.0 → 3 of 1–10' },
  { replicas: 3, busy: 3.4, to: 5, reason: 'busy 3.4 ÷ 0.7 = 4.9 → 5 of 1–10' },
  { replicas: 5, busy: 200, to: 10, reason: 'busy 200.0 ÷ 0.7 = 285.7 → 10 of 1–10' },
  {
    replicas: 5,
    busy: 0.04,
    to: 5,
    reason: 'busy 0.04 ÷ 0.7 = 0.06 → 1 of 1–10, at most 5 in the last 60 s',
  },
])('$busy busy of $replicas makes $to', ({ replicas, busy, to, reason }) => {
  expect(decide(policy, { replicas }, { busy, nowMs: 0 })).toMatchObject({ replicas: to, reason })
})

describe('fewer replicas', () => {
  test('come when they have been enough for a minute', () => {
    const seen = walk(policy, [3.4, ...Array.from({ length: 62 }, () => 0)])
    expect(seen.slice(0, 60).map(({ replicas }) => replicas)).toEqual(Array.from({ length: 60 }, () => 5))
    expect(seen[60]).toEqual({
      replicas: 1,
      reason: 'busy 0.0 ÷ 0.7 = 0.0 → 1 of 1–10, at most 1 in the last 60 s',
    })
  })

  test('are as many as were needed at most in the last minute', () => {
    const samples = Array.from({ length: 100 }, () => 0)
      .with(0, 3.4)
      .with(30, 2)
    const seen = walk(policy, samples).map(({ replicas }) => replicas)
    expect([seen[59], seen[60], seen[89], seen[90]]).toEqual([5, 3, 3, 1])
  })

  test('do not come while the load returns now and then', () => {
    const seen = walk(
      policy,
      Array.from({ length: 300 }, (_, second) => (second % 50 === 0 ? 3.4 : 0)),
    )
    expect(new Set(seen.map(({ replicas }) => replicas))).toEqual(new Set([5]))
  })
})

describe('zero replicas', () => {
  const resting = { ...policy, minReplicas: 0 }
  test('need a whole minute without any request', () => {
    const idle = Array.from({ length: 61 }, () => 0)
    const withOne = idle.with(30, 0.001)
    expect(walk(resting, idle, { replicas: 1 }).at(-2)?.replicas).toBe(1)
    expect(walk(resting, idle, { replicas: 1 }).at(-1)?.replicas).toBe(0)
    expect(walk(resting, withOne, { replicas: 1 }).at(-1)?.replicas).toBe(1)
  })

  test('become one as soon as a request waits', () => {
    expect(wake(resting, { replicas: 0 })).toEqual({ replicas: 1, reason: 'a request waits → 1 of 0–10' })
    const recent = [{ replicas: 3, atMs: 5 }]
    expect(wake(resting, { replicas: 3, recent })).toMatchObject({ replicas: 3, recent })
  })
})

describe('whatever the load', () => {
  test('the number stays within the bounds, also when it began outside', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyBusy), fc.nat({ max: 50 }), (each, samples, replicas) => {
        for (const seen of walk(each, samples, { replicas })) {
          expect(seen.replicas).toBeGreaterThanOrEqual(each.minReplicas)
          expect(seen.replicas).toBeLessThanOrEqual(each.maxReplicas)
        }
      }),
    )
  })

  test('there are as many as were needed at most within the delay', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyBusy, { minLength: 1, maxLength: 200 }), (each, samples) => {
        // Whole hundredths: their quotient is exact where it is whole.
        const percent = Math.round(each.targetUtilization * 100)
        const needed = samples
          .map((busy) => Math.ceil(Math.round(busy * 100) / percent))
          .map((count) => Math.min(each.maxReplicas, Math.max(each.minReplicas, count)))
        const keptSeconds = Math.max(1, Math.ceil(each.scaleDownDelayMs / 1_000))
        const expected = needed.map((_, second) =>
          Math.max(...needed.slice(Math.max(0, second - keptSeconds + 1), second + 1)),
        )
        expect(walk(each, samples).map(({ replicas }) => replicas)).toEqual(expected)
      }),
    )
  })

  test('more load never makes fewer replicas', () => {
    const anyState = fc.record({
      replicas: fc.nat({ max: 20 }),
      recent: fc.option(
        fc.array(fc.record({ replicas: fc.nat({ max: 20 }), atMs: fc.nat({ max: 100_000 }) })),
        { nil: undefined },
      ),
    })
    fc.assert(
      fc.property(anyPolicy, anyState, fc.tuple(anyBusy, anyBusy), (each, state, busy) => {
        const at = (load: number) => decide(each, state, { busy: load, nowMs: 100_000 }).replicas
        expect(at(Math.min(...busy))).toBeLessThanOrEqual(at(Math.max(...busy)))
      }),
    )
  })
})
