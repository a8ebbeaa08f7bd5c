/** That load is summed over time, whenever it is looked at. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LoadMeter } from './load-meter.ts'

test('busy replicas and waiting calls are summed over the time for which they were so', () => {
  let now = 1_000
  const meter = new LoadMeter(() => now)
  meter.set(2, 0)
  now += 500
  meter.set(2, 3)
  now += 1_000
  meter.set(0, 0)
  now += 10_000
  expect(meter.read()).toEqual({ busySeconds: 3, queuedSeconds: 3, busy: 0, queued: 0 })
})

test('looking changes nothing', () => {
  const anyStep = fc.record({
    busy: fc.nat({ max: 9 }),
    queued: fc.nat({ max: 9 }),
    ms: fc.nat({ max: 999 }),
  })
  fc.assert(
    fc.property(fc.array(anyStep), (steps) => {
      let now = 0
      const [looked, left] = [new LoadMeter(() => now), new LoadMeter(() => now)]
      for (const { busy, queued, ms } of steps) {
        looked.set(busy, queued)
        left.set(busy, queued)
        now += ms
        looked.read()
      }
      const [one, other] = [looked.read(), left.read()]
      expect(one.busySeconds).toBeCloseTo(other.busySeconds, 6)
      expect(one.queuedSeconds).toBeCloseTo(other.queuedSeconds, 6)
    }),
  )
})
