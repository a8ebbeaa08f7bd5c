/** How loads that are reported now and then become integrals that grow evenly. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RemoteLoad } from './remote-load.ts'

const prefix = '/demo'

function aLoad(busySeconds: number, busy = 0) {
  return { busySeconds, queuedSeconds: 0, busy, queued: 0, readyReplicas: 1 }
}

/** Reports of one gateway whose clock is that of the API, a thousand seconds ahead. */
function told(reports: readonly { atMs: number; busySeconds?: number; busy?: number }[]): RemoteLoad {
  const load = new RemoteLoad()
  for (const { atMs, busySeconds, busy } of reports) {
    const versions: Record<string, ReturnType<typeof aLoad>> = busySeconds === undefined
      ? {}
      : { v1: aLoad(busySeconds, busy) }
    load.take({ loads: { [prefix]: versions }, clockMs: atMs + 1_000_000 }, atMs)
  }
  return load
}

function busyAt(load: RemoteLoad, nowMs: number): number {
  return load.at(prefix, nowMs)['v1']?.busySeconds ?? NaN
}

test('the last rate holds until the next report, which is told it or nothing', () => {
  const load = told([
    { atMs: 0, busySeconds: 50 },
    { atMs: 500, busySeconds: 51, busy: 2 },
  ])
  expect(busyAt(load, 500)).toBe(0)
  expect(busyAt(load, 750)).toBeCloseTo(0.5)
  load.take({ loads: {}, clockMs: 1_001_000 }, 1_000)
  expect(busyAt(load, 1_000)).toBeCloseTo(1)
  expect(busyAt(load, 9_000)).toBeCloseTo(1)
})

test('reports that follow each other at once bring what is now, and no rate', () => {
  const load = told([
    { atMs: 0, busySeconds: 0 },
    { atMs: 500, busySeconds: 0.25 },
    { atMs: 503, busySeconds: 0.28, busy: 10 },
  ])
  expect(load.at(prefix, 503)['v1']?.busy).toBe(10)
  expect(busyAt(load, 1_000)).toBeCloseTo(0.25)
  load.take({ loads: {}, clockMs: 1_001_000 }, 1_000)
  expect(busyAt(load, 1_500)).toBeCloseTo(0.28)
})

test('a version that is new is as busy as it is now', () => {
  const load = told([{ atMs: 0, busySeconds: 1_000, busy: 3 }])
  expect(busyAt(load, 0)).toBe(0)
  expect(busyAt(load, 500)).toBeCloseTo(1.5)
})

test('whatever is reported, and whenever, the integrals never fall and never jump', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: 2_000 }),
    busy: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const load = told([{ atMs: 0, busySeconds: 0 }])
      let [nowMs, busySeconds, seen] = [0, 0, 0]
      for (const { afterMs, busy } of [...steps, { afterMs: 500, busy: 0 }]) {
        nowMs += afterMs
        busySeconds += (busy * afterMs) / 1_000
        expect(busyAt(load, nowMs)).toBeGreaterThanOrEqual(seen - 1e-9)
        seen = busyAt(load, nowMs)
        load.take(
          { loads: { [prefix]: { v1: aLoad(busySeconds, busy) } }, clockMs: nowMs + 1_000_000 },
          nowMs,
        )
        expect(busyAt(load, nowMs)).toBeCloseTo(seen)
      }
    }),
  )
})

test('a version that a service no longer has is forgotten', () => {
  const load = new RemoteLoad()
  load.take({ loads: { [prefix]: { v1: aLoad(1), v2: aLoad(1) } }, clockMs: 0 }, 0)
  load.take({ loads: {}, clockMs: 500 }, 500)
  expect(Object.keys(load.at(prefix, 500))).toEqual(['v1', 'v2'])
  load.take({ loads: { [prefix]: { v2: aLoad(2) } }, clockMs: 1_000 }, 1_000)
  expect(Object.keys(load.at(prefix, 1_000))).toEqual(['v2'])
})
