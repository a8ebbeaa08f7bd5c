/** Workers that stop answering while they are idle. */
import { describe, expect, test } from 'vitest'
import { ScoringStack, until } from './scoring-stack.ts'
import { obeys } from './scripts.ts'

const probe = { periodMs: 50, timeoutMs: 100, initialDelayMs: 0, successThreshold: 2, failureThreshold: 2 }

describe('an idle worker', () => {
  test('that answers its pings stays; one that is stopped is killed, and the log says why', async () => {
    const stack = await ScoringStack.open()
    const worker = await stack.startWorker(obeys)
    await stack.route([worker], { probe })
    expect(await (await stack.post('sleep 0.5')).json()).toBe('sleep 0.5')
    expect(worker.process.exitCode).toBeNull()
    worker.process.kill('SIGSTOP')
    expect(await worker.ended).toBe('SIGKILL')
    await until(() => stack.stats()?.lostReplicas === 1)
    expect(stack.logs.map(({ text, stream }) => [text, stream])).toContainEqual([
      'the worker is ended because it does not answer: pings in a row without an answer within 100 ms: 2',
      'stderr',
    ])
    await stack.close()
  })
})
