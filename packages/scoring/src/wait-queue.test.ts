/** Order and deadlines of waiting calls. */
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
