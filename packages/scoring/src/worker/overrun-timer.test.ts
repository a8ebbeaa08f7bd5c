/** When the watch over a worker's oldest call speaks up. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OverrunTimer } from './overrun-timer.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function watch(timeoutMs: number): { timer: OverrunTimer; events: string[]; limit: { timeoutMs: number } } {
  const limit = { timeoutMs }
  const events: string[] = []
  const say = (what: string) => () => void events.push(`${what} at ${Date.now() - start}`)
  const start = Date.now()
  const timer = new OverrunTimer({
    timeoutMs: () => limit.timeoutMs,
    graceMs: 50,
    now: () => Date.now(),
    onOverdue: say('overdue'),
    askToStop: say('ask'),
    kill: say('kill'),
  })
  return { timer, events, limit }
}

test('an overdue call is reported once, asked to stop repeatedly, then killed', () => {
  const { timer, events } = watch(100)
  timer.restart()
  vi.advanceTimersByTime(1_000)
  expect(events).toEqual(['overdue at 100', 'ask at 100', 'ask at 120', 'ask at 140', 'kill at 150'])
})

test('each call has its own time, though there is one timer', () => {
  const { timer, events } = watch(100)
  timer.restart()
  vi.advanceTimersByTime(90)
  timer.restart()
  vi.advanceTimersByTime(90)
  expect(events).toEqual([])
  vi.advanceTimersByTime(10)
  expect(events).toEqual(['overdue at 190', 'ask at 190'])
})

test('nothing happens at rest, and the next call is watched again', () => {
  const { timer, events } = watch(100)
  timer.restart()
  timer.rest()
  vi.advanceTimersByTime(500)
  expect(events).toEqual([])
  timer.restart()
  vi.advanceTimersByTime(100)
  expect(events).toEqual(['overdue at 600', 'ask at 600'])
})

test('a call that ends while it is asked to stop is not killed', () => {
  const { timer, events } = watch(100)
  timer.restart()
  vi.advanceTimersByTime(110)
  timer.rest()
  vi.advanceTimersByTime(500)
  expect(events).toEqual(['overdue at 100', 'ask at 100'])
})

test('a shorter limit holds from the next call on', () => {
  const { timer, events, limit } = watch(10_000)
  timer.restart()
  limit.timeoutMs = 100
  timer.restart()
  vi.advanceTimersByTime(100)
  expect(events).toEqual(['overdue at 100', 'ask at 100'])
})

test('a limit of 0 never ends, and a very long one does not fire at once', () => {
  for (const timeoutMs of [0, 4_000_000_000]) {
    const { timer, events } = watch(timeoutMs)
    timer.restart()
    vi.advanceTimersByTime(86_400_000)
    expect(events).toEqual([])
    timer.close()
  }
})
