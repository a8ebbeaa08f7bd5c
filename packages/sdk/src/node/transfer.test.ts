/** Tests retries and parallel work. */
import { ApiError } from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { forEachParallel, maxTries, persist } from './transfer.ts'

describe('persisting', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  const options = (position: () => number = () => 0) => ({
    what: () => 'the upload of x stopped at 0 of 9 bytes',
    position,
    signal: new AbortController().signal,
  })

  test('gives up after so many broken connections in a row, and says where and why', async () => {
    let tries = 0
    const stopped = persist(async () => {
      tries += 1
      throw new ApiError('unavailable', 'the connection broke')
    }, options())
    const outcome = stopped.catch((error: unknown) => error)
    await vi.runAllTimersAsync()
    expect(await outcome).toMatchObject({
      code: 'unavailable',
      message: `the upload of x stopped at 0 of 9 bytes after ${maxTries} tries: the connection broke`,
    })
    expect(tries).toBe(maxTries)
  })

  test('goes on for as long as it gets further', async () => {
    let position = 0
    const step = async () => {
      position += 1
      if (position < 3 * maxTries) throw new ApiError('unavailable', 'the connection broke')
      return true
    }
    const done = persist(
      step,
      options(() => position),
    )
    await vi.runAllTimersAsync()
    await expect(done).resolves.toBeUndefined()
  })

  test('does not repeat what the server refuses', async () => {
    const step = vi.fn<() => Promise<boolean>>().mockRejectedValue(new ApiError('too-large', 'no'))
    await expect(persist(step, options())).rejects.toThrow('no')
    expect(step).toHaveBeenCalledOnce()
  })
})

describe('parallel work', () => {
  test('runs every item once, no more at a time than allowed', async () => {
    const seen: number[] = []
    let running = 0
    let most = 0
    await forEachParallel([1, 2, 3, 4, 5, 6, 7], { limit: 3 }, async (item) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      seen.push(item)
      running -= 1
    })
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(3)
  })

  test('throws the first failure after the others were told to stop', async () => {
    const stopped: number[] = []
    const work = async (item: number, signal: AbortSignal) => {
      if (item === 2) throw new Error('two is bad')
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      stopped.push(item)
    }
    await expect(forEachParallel([1, 2, 3, 4], { limit: 3 }, work)).rejects.toThrow('two is bad')
    expect(stopped).toEqual([1, 3])
  })
})
