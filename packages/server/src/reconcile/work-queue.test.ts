/** The promises of the work queue. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WorkQueue, type WorkQueueOptions } from './work-queue.ts'

interface Gate {
  open(): void
  promise: Promise<void>
}

function aGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: () => resolve() }
}

function aQueue(run: WorkQueueOptions['run'], options: Partial<WorkQueueOptions> = {}) {
  const errors: unknown[] = []
  const queue = new WorkQueue({ run, onError: (_key, error) => errors.push(error), ...options })
  return { queue, errors }
}

describe('a work queue', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('runs a key once however often it was added before the run began', async () => {
    const runs: string[] = []
    const gate = aGate()
    const { queue } = aQueue(
      async (key) => {
        runs.push(key)
        if (key === 'blocker') await gate.promise
        return undefined
      },
      { concurrency: 1 },
    )
    queue.add('blocker')
    for (let index = 0; index < 5; index += 1) queue.add('a')
    gate.open()
    await vi.advanceTimersByTimeAsync(0)
    expect(runs).toEqual(['blocker', 'a'])
  })

  test('owes another run to a key that was added while it ran, and never runs it twice at a time', async () => {
    const gates = [aGate(), aGate()]
    let running = 0
    let most = 0
    let count = 0
    const { queue } = aQueue(async () => {
      running += 1
      most = Math.max(most, running)
      await gates[count++]?.promise
      running -= 1
      return undefined
    })
    queue.add('a')
    await vi.advanceTimersByTimeAsync(0)
    queue.add('a')
    gates.forEach((gate) => gate.open())
    await vi.advanceTimersByTimeAsync(0)
    expect({ count, most }).toEqual({ count: 2, most: 1 })
  })

  test('pauses after failures, twice as long each time, and forgets them after a success', async () => {
    const times: number[] = []
    const { queue, errors } = aQueue(
      async () => {
        times.push(Date.now())
        if (times.length <= 3) throw new Error('not yet')
        return undefined
      },
      { backoffMs: 100 },
    )
    const start = Date.now()
    queue.add('a')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(times.map((time) => time - start)).toEqual([0, 100, 300, 700])
    expect(errors).toHaveLength(3)
  })

  test('comes back after the time that a run asked for', async () => {
    let runs = 0
    const { queue } = aQueue(async () => {
      runs += 1
      return runs === 1 ? { againAfterMs: 500 } : undefined
    })
    queue.add('a')
    await vi.advanceTimersByTimeAsync(499)
    expect(runs).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(runs).toBe(2)
  })

  test('waits for what runs when it closes, and then takes nothing more', async () => {
    const gate = aGate()
    const runs: string[] = []
    const { queue } = aQueue(async (key) => {
      await gate.promise
      runs.push(key)
      return undefined
    })
    queue.add('a')
    await vi.advanceTimersByTimeAsync(0)
    const closed = queue.close()
    queue.add('b')
    gate.open()
    await closed
    expect(runs).toEqual(['a'])
  })

  test('keeps to its concurrency over different keys', async () => {
    let running = 0
    let most = 0
    const gate = aGate()
    const { queue } = aQueue(
      async () => {
        running += 1
        most = Math.max(most, running)
        await gate.promise
        running -= 1
        return undefined
      },
      { concurrency: 3 },
    )
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key)
    await vi.advanceTimersByTimeAsync(0)
    expect(running).toBe(3)
    gate.open()
    await vi.advanceTimersByTimeAsync(0)
    expect(most).toBe(3)
  })
})
