/** One worker behind two gateways: turns, time limits, and what becomes of each when the other leaves. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningWorker, ScoringStack, until } from './scoring-stack.ts'
import { obeys } from './scripts.ts'

describe('a worker of two gateways', () => {
  let one: ScoringStack
  let other: ScoringStack
  let worker: RunningWorker
  beforeEach(async () => {
    one = await ScoringStack.open()
    other = await ScoringStack.open()
    worker = await one.startWorker(obeys, { env: { SCORING_TIMEOUT_MS: '500' } })
    await one.route([worker], { scoringTimeoutMs: 500 })
    await other.route([worker], { scoringTimeoutMs: 500 })
  })
  afterEach(async () => {
    await other.close()
    await one.close()
  })

  test('answers both, and the time in which it runs a call of one does not count for the other', async () => {
    const calls = Array.from(
      { length: 6 },
      async (_, at) => await (at % 2 === 0 ? one : other).post('sleep 0.3'),
    )
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(6).fill(200))
  })

  test('ends a run that takes too long for the one that asked, and serves the other', async () => {
    const late = one.post('sleep 30')
    await until(() => one.stats()?.inFlight === 1)
    const served = other.post('x')
    expect((await late).status).toBe(504)
    expect((await served).status).toBe(200)
    expect(worker.process.exitCode).toBeNull()
  })

  test('that dies loses the call that ran, and not the oldest one of the other', async () => {
    const lost = one.post('sleep 0.4')
    await until(() => one.logs.some(({ text }) => text === 'sleep 0.4'))
    const moved = other.post('x')
    await until(() => other.stats()?.inFlight === 1)
    worker.process.kill('SIGKILL')
    expect((await lost).status).toBe(502)
    await worker.ended
    worker = await one.restartWorker(worker)
    expect((await moved).status).toBe(200)
    expect(other.stats()?.redispatched).toBe(1)
  })

  test('goes on for one when the other leaves', async () => {
    await other.gateway.close()
    const calls = Array.from({ length: 20 }, async (_, at) => await (await one.post(String(at))).json())
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, at) => String(at)))
  })
})
