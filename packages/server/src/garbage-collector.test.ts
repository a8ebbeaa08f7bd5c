/** When garbage is looked for, and what closing waits for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGarbageCollector } from './garbage-collector.ts'

const everyMs = 1000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the next look begins a while after the one before has ended', async () => {
  const looks: PromiseWithResolvers<void>[] = []
  const collector = createGarbageCollector({
    collect: () => (looks[looks.length] = Promise.withResolvers<void>()).promise,
    onError: () => undefined,
    everyMs,
  })
  collector.start()
  expect(looks).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(5 * everyMs)
  expect(looks).toHaveLength(1)
  looks[0]?.resolve()
  await vi.advanceTimersByTimeAsync(everyMs - 1)
  expect(looks).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(looks).toHaveLength(2)
  looks[1]?.resolve()
  await collector.close()
})

test('closing breaks off the look that runs, and waits for its end', async () => {
  const ended = Promise.withResolvers<void>()
  const errors: unknown[] = []
  const signals: AbortSignal[] = []
  const collector = createGarbageCollector({
    collect: async (signal) => {
      signals.push(signal)
      await ended.promise
      signal.throwIfAborted()
    },
    onError: (error) => errors.push(error),
    everyMs,
  })
  collector.start()
  await vi.advanceTimersByTimeAsync(everyMs)
  let isClosed = false
  const closing = collector.close().then(() => (isClosed = true))
  await vi.advanceTimersByTimeAsync(10 * everyMs)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  expect(isClosed).toBe(false)
  ended.resolve()
  await closing
  expect(errors).toEqual([])
  await vi.advanceTimersByTimeAsync(10 * everyMs)
  expect(signals).toHaveLength(1)
})

test('a look that fails is reported, and the next one comes', async () => {
  const errors: unknown[] = []
  const collector = createGarbageCollector({
    collect: async () => {
      throw new Error('the disk is gone')
    },
    onError: (error) => errors.push(error),
    everyMs,
  })
  collector.start()
  await vi.advanceTimersByTimeAsync(2 * everyMs)
  expect(errors).toEqual([new Error('the disk is gone'), new Error('the disk is gone')])
  await collector.close()
})
