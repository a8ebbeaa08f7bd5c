/** Order and deadlines of waiting calls. */
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ScoringCall } from './replica.ts'
import { WaitQueue } from './wait-queue.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function aCall(id: number): ScoringCall {
  const request = { requestId: undefined, method: 'POST', query: '', rawHeaders: [], remoteAddress: '' }
  return { ...request, id, body: Buffer.alloc(0), isSettled: false, answer: () => undefined }
}

function aQueue(): { queue: WaitQueue; expired: number[] } {
  const expired: number[] = []
  return { queue: new WaitQueue(Date.now, (call) => expired.push(call.id)), expired }
}

test('calls leave in the order they came, and those put back leave first', () => {
  const { queue } = aQueue()
  queue.push(aCall(1), 100)
  queue.putBack([aCall(2), aCall(3)], 100)
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()].map((call) => call?.id)).toEqual([
    2,
    3,
    1,
    undefined,
  ])
})

test('a call expires at its deadline, not before, also behind one that may wait longer', () => {
  const { queue, expired } = aQueue()
  queue.push(aCall(1), 500)
  queue.push(aCall(2), 100)
  vi.advanceTimersByTime(99)
  expect(expired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(expired).toEqual([2])
  vi.advanceTimersByTime(400)
  expect(expired).toEqual([2, 1])
  expect(vi.getTimerCount()).toBe(0)
})

test('a removed call does not expire and leaves no timer behind', () => {
  const { queue, expired } = aQueue()
  const call = aCall(1)
  queue.push(call, 100)
  queue.remove(call)
  expect([queue.length, vi.getTimerCount()]).toEqual([0, 0])
  vi.advanceTimersByTime(200)
  expect(expired).toEqual([])
})

test('whatever comes, goes back and leaves, the order is that of a list', () => {
  const anyStep = fc.record({
    what: fc.constantFrom('push', 'shift', 'putBack', 'remove'),
    at: fc.nat({ max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 100 }), (steps) => {
      const { queue } = aQueue()
      const list: ScoringCall[] = []
      const act = {
        push(call: ScoringCall) {
          queue.push(call, 100)
          list.push(call)
        },
        putBack(call: ScoringCall, at: number) {
          const calls = [call, aCall(-at)]
          queue.putBack(calls, 100)
          list.unshift(...calls)
        },
        remove(call: ScoringCall, at: number) {
          queue.remove(list[at] ?? call)
          list.splice(at, 1)
        },
        shift: () => void shifted.push([queue.shift(), list.shift()]),
      }
      const shifted: (ScoringCall | undefined)[][] = []
      for (const [id, { what, at }] of steps.entries()) {
        act[what](aCall(id), at)
        expect(queue.length).toBe(list.length)
      }
      for (const [one, other] of shifted) expect(one).toBe(other)
      expect(Array.from(list, () => queue.shift())).toEqual(list)
      expect([queue.shift(), queue.length, vi.getTimerCount()]).toEqual([undefined, 0, 0])
    }),
  )
})

test('every call expires at its own deadline, and none twice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 40 }), (waits) => {
      const { queue, expired } = aQueue()
      for (const [id, wait] of waits.entries()) queue.push(aCall(id), wait)
      for (let passed = 1; passed <= 500; passed += 1) {
        vi.advanceTimersByTime(1)
        expect(expired.toSorted((a, b) => a - b)).toEqual(
          waits.flatMap((wait, id) => (wait <= passed ? [id] : [])),
        )
      }
    }),
    { numRuns: 10 },
  )
})
