/** How many replicas a steady load needs, from the command line. */
import { expect, test } from 'vitest'
import { aWorld } from '../../test/a-world.ts'
import { run } from '../run.ts'

async function slipway(words: string) {
  const { world, stdout, stderr } = aWorld(words.split(' '))
  const status = await run(world)
  return { status, stdout: stdout(), stderr: stderr() }
}

test('says the number and where it comes from', async () => {
  expect(await slipway('sizing --rps 20 --request-time 10 --utilization 0.7')).toEqual({
    status: 0,
    stdout: '286 replicas: 20 requests/s × 10 s ÷ 0.7 utilization = 285.7, rounded up\n',
    stderr: '',
  })
})

test('takes requests that a replica works on at a time into account', async () => {
  const { stdout } = await slipway('sizing --rps 100 --request-time 0.5 --concurrent 4 --output json')
  expect(JSON.parse(stdout)).toEqual({
    replicas: 18,
    requestsPerSecond: 100,
    requestSeconds: 0.5,
    targetUtilization: 0.7,
    maxConcurrentPerReplica: 4,
  })
})

test.each([
  { words: 'sizing --rps 20', says: '--request-time' },
  { words: 'sizing --rps twenty --request-time 1', says: 'It must be a number.' },
  { words: 'sizing --rps 1 --request-time 1 --utilization 70', says: 'It must be at most 1.' },
  { words: 'sizing --rps 1 --request-time 1 --utilization 0', says: 'It must be above 0.' },
])('$words is refused', async ({ words, says }) => {
  const { status, stderr } = await slipway(words)
  expect(stderr).toContain(says)
  expect(status).toBe(2)
})
