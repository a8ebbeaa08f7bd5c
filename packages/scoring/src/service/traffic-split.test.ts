/** That shares are kept: over ten thousand calls, in every hundred, and across changes. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sharesOf, TrafficSplit } from './traffic-split.ts'

/** One to six shares that make 100 together. */
const anyShares = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })
  .filter((weights) => weights.some((weight) => weight > 0.001))
  .map((weights) => {
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return weights.map((weight, at) => ({ name: `v${at}`, percent: (100 * weight) / sum }))
  })

function draw(split: TrafficSplit, calls: number): string[] {
  return Array.from({ length: calls }, () => split.next() ?? 'nobody')
}

function counted(names: readonly string[], name: string): number {
  return names.filter((each) => each === name).length
}

function aSplit(shares: Parameters<TrafficSplit['set']>[0]): TrafficSplit {
  const split = new TrafficSplit()
  split.set(shares)
  return split
}

describe('whatever the percentages', () => {
  test('ten thousand calls are shared out to within two calls', () => {
    fc.assert(
      fc.property(anyShares, (shares) => {
        const names = draw(aSplit(shares), 10_000)
        for (const { name, percent } of shares)
          expect(Math.abs(counted(names, name) - percent * 100)).toBeLessThan(2)
      }),
      { numRuns: 50 },
    )
  })

  test('so is every run of a hundred calls, to within three', () => {
    fc.assert(
      fc.property(anyShares, fc.nat({ max: 1_000 }), (shares, skipped) => {
        const split = aSplit(shares)
        draw(split, skipped)
        const names = draw(split, 100)
        for (const { name, percent } of shares)
          expect(Math.abs(counted(names, name) - percent)).toBeLessThan(3)
      }),
    )
  })

  test('nobody without a share is ever called', () => {
    fc.assert(
      fc.property(anyShares, (shares) => {
        const names = new Set(draw(aSplit([...shares, { name: 'none', percent: 0 }]), 500))
        expect(names.has('none')).toBe(false)
        expect(names.has('nobody')).toBe(false)
      }),
    )
  })
})

test('a small share is served although the shares are set anew before each call', () => {
  const split = new TrafficSplit()
  const shares = [
    { name: 'main', percent: 95 },
    { name: 'small', percent: 5 },
  ]
  const names = Array.from({ length: 100 }, () => {
    split.set(shares)
    return split.next()
  })
  expect(names.filter((name) => name === 'small')).toHaveLength(5)
})

test('new shares hold from the next call on, and what has gone is never called again', () => {
  const split = aSplit([
    { name: 'a', percent: 50 },
    { name: 'b', percent: 50 },
  ])
  draw(split, 7)
  split.set([
    { name: 'b', percent: 10 },
    { name: 'c', percent: 90 },
  ])
  const names = draw(split, 100)
  expect([counted(names, 'a'), Math.abs(counted(names, 'b') - 10) <= 1]).toEqual([0, true])
})

test('the default version gets what the others leave, whatever share it names', () => {
  const versions = [
    { name: 'a', isDefault: true, trafficPercent: 77 },
    { name: 'b', isDefault: false, trafficPercent: 40 },
    { name: 'c', isDefault: false, trafficPercent: 10 },
  ]
  expect(sharesOf(versions).map(({ percent }) => percent)).toEqual([50, 40, 10])
})
