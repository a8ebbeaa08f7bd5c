/** A shadow version: it gets copies, its replies are compared, and nobody who asks notices. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { VersionRoute } from '../src/index.ts'
import { aVersion, type RunningWorker, ScoringStack, until } from './scoring-stack.ts'
import { answers, echoes, obeys } from './scripts.ts'

let stack: ScoringStack
beforeEach(async () => {
  stack = await ScoringStack.open()
})
afterEach(async () => await stack.close())

async function mirrored(
  main: RunningWorker,
  shadow: RunningWorker | undefined,
  settings: Partial<VersionRoute> = {},
): Promise<void> {
  const replicas = shadow === undefined ? [] : [shadow.endpoint]
  const versions = [
    aVersion({ name: 'main', replicas: [main.endpoint] }),
    aVersion({ name: 'shadow', isDefault: false, shadowPercent: 100, replicas, ...settings }),
  ]
  await stack.route([], { versions })
}

const shadowStats = () => stack.stats('shadow')?.shadow

test('copies are compared by status and body', async () => {
  const [main, shadow] = await Promise.all([stack.startWorker(echoes), stack.startWorker(obeys)])
  await mirrored(main, shadow)
  for (const body of ['same', 'raise', 'also the same']) {
    expect(await (await stack.post(body)).json()).toBe(body)
  }
  await until(() => shadowStats()?.same === 2 && shadowStats()?.different === 1)
  expect(shadowStats()).toEqual({ sent: 3, same: 2, different: 1, failed: 0 })
  expect(stack.stats('shadow')).toMatchObject({ answered: {}, refused: 0 })
  expect(stack.stats('main')).toMatchObject({ answered: { 200: 3 }, shadow: { sent: 0 } })
})

test('a percentage of the requests is copied, evenly', async () => {
  const [main, shadow] = await Promise.all([stack.startWorker(echoes), stack.startWorker(echoes)])
  await mirrored(main, shadow, { shadowPercent: 20 })
  for (let at = 0; at < 50; at += 1) await (await stack.post('x')).text()
  await until(() => shadowStats()?.same === 10)
  expect(shadowStats()?.sent).toBe(10)
})

test('a shadow that is slow, full or gone delays and fails nobody', async () => {
  const [main, shadow] = await Promise.all([stack.startWorker(echoes), stack.startWorker(obeys)])
  await mirrored(main, shadow, { maxQueueLength: 1 })
  for (const body of ['sleep 0.5', 'sleep 0', 'dropped', 'dropped too'])
    expect(await (await stack.post(body)).json()).toBe(body)
  expect(shadowStats()).toMatchObject({ sent: 4, same: 0, failed: 2 })
  await until(() => shadowStats()?.same === 2)
  expect(await (await stack.post('die')).json()).toBe('die')
  await shadow.ended
  await until(() => shadowStats()?.failed === 3)
  expect(stack.stats('main')).toMatchObject({ answered: { 200: 5 }, refused: 0 })
})

test('the requests that a version answers itself are not copied to it', async () => {
  const [main, shadow] = await Promise.all([stack.startWorker(echoes), stack.startWorker(answers('s'))])
  await mirrored(main, shadow, { trafficPercent: 100 })
  expect(await (await stack.post('x')).json()).toBe('s')
  expect(shadowStats()?.sent).toBe(0)
})

test('a copy whose client has left runs to its end and is compared with nothing', async () => {
  const [main, shadow] = await Promise.all([stack.startWorker(obeys), stack.startWorker(echoes)])
  await mirrored(main, shadow)
  const leaver = new AbortController()
  const asked = fetch(`${stack.origin}/api/v1/service/demo/score`, {
    method: 'POST',
    body: 'sleep 0.3',
    signal: leaver.signal,
  })
  await until(() => stack.stats('main')?.inFlight === 1 && stack.stats('shadow')?.inFlight === 0)
  leaver.abort()
  await expect(asked).rejects.toThrow('aborted')
  await until(() => stack.stats('main')?.abandoned === 1)
  expect(shadowStats()).toEqual({ sent: 1, same: 0, different: 0, failed: 0 })
})
