/** Work that many ask for at once. */
import { describe, expect, test } from 'vitest'
import { SingleFlight, type Watcher } from './single-flight.ts'

describe('a single flight', () => {
  test('works once for ten callers, who all see every line', async () => {
    const flights = new SingleFlight<string>()
    const gate = Promise.withResolvers<string>()
    let started = 0
    const work = async ({ onLine }: Watcher) => {
      started += 1
      onLine('first')
      const result = await gate.promise
      onLine('last')
      return result
    }
    const callers = Array.from({ length: 10 }, () => aCaller())
    const results = callers.map((caller) => flights.run('key', caller, work))
    gate.resolve('done')
    expect(await Promise.all(results)).toEqual(Array.from({ length: 10 }, () => 'done'))
    expect(started).toBe(1)
    expect(callers.map(({ lines }) => lines)).toEqual(Array.from({ length: 10 }, () => ['first', 'last']))
  })

  test('other keys are other work, and finished work is done again', async () => {
    const flights = new SingleFlight<number>()
    let count = 0
    const work = async () => (count += 1)
    expect(await Promise.all([flights.run('a', aCaller(), work), flights.run('b', aCaller(), work)])).toEqual(
      [1, 2],
    )
    expect(await flights.run('a', aCaller(), work)).toBe(3)
  })

  test('one who gives up does not stop the others; the last one does', async () => {
    const flights = new SingleFlight<string>()
    const [first, second] = [aCaller(), aCaller()]
    let workSignal: AbortSignal | undefined
    const work = ({ signal }: Watcher) => {
      workSignal = signal
      return new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      )
    }
    const results = [flights.run('key', first, work), flights.run('key', second, work)]
    first.abort()
    await expect(results[0]).rejects.toThrow('gave up')
    expect(workSignal?.aborted).toBe(false)
    second.abort()
    await expect(results[1]).rejects.toThrow('gave up')
    expect(workSignal?.aborted).toBe(true)
  })

  test('a failure reaches everyone and is not kept', async () => {
    const flights = new SingleFlight<string>()
    const fail = async () => Promise.reject(new Error('broken'))
    const results = [flights.run('key', aCaller(), fail), flights.run('key', aCaller(), fail)]
    await expect(results[0]).rejects.toThrow('broken')
    await expect(results[1]).rejects.toThrow('broken')
    expect(await flights.run('key', aCaller(), async () => 'well')).toBe('well')
  })
})

function aCaller(): Watcher & { lines: string[]; abort(): void } {
  const lines: string[] = []
  const controller = new AbortController()
  return {
    lines,
    onLine: (line) => lines.push(line),
    signal: controller.signal,
    abort: () => controller.abort(new Error('gave up')),
  }
}
