/** Workers that are killed under 32 connections: each costs the call that it was running, and no other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLoad } from '../../support/load.ts'
import { deployScript, requestTo } from '../../support/scored-service.ts'
import { openStage, type Stage } from '../../support/stage.ts'
import { waitUntil } from '../../support/wait-until.ts'

const script = `
def init():
    pass

def run(raw_data):
    return raw_data
`

const kills = 4
const crashed = '{"message": "Replica closed connection before replying"}'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  const flags = ['--num-replicas', '2', '--max-request-wait-time-ms', '5000']
  await deployScript(stage, { name: 'echo', script, flags })
})
afterAll(() => stage?.close())

async function workerPids(): Promise<number[]> {
  return (await stage.workers()).map(({ pid }) => pid).toSorted((a, b) => a - b)
}

/** Two workers are ready, and the killed one is not among them. */
async function isReplaced(killed: number): Promise<true | undefined> {
  const { status } = await stage.client.services.get({ params: { workspace: 'default', name: 'echo' } })
  const pids = await workerPids()
  const areReady = status.replicas.length === 2 && status.replicas.every(({ phase }) => phase === 'ready')
  return areReady && pids.length === 2 && !pids.includes(killed) ? true : undefined
}

test('killed workers cost no more than the call that each was running', async () => {
  const load = startLoad(await requestTo(stage, 'echo', 'hello'), 32)
  const goOn = async () => {
    const { length } = load.report.replies
    await waitUntil('200 more replies', () => load.report.replies.length >= length + 200 || undefined)
  }
  for (let round = 0; round < kills; round += 1) {
    await goOn()
    const [victim] = await workerPids()
    if (victim === undefined) throw new Error('there is no worker')
    process.kill(victim, 'SIGKILL')
    await waitUntil('the worker is replaced', async () => await isReplaced(victim))
  }
  await goOn()
  const { replies, failures } = await load.stop()
  expect(new Set(replies)).toEqual(new Set(['"hello"']))
  expect(failures.filter(({ status, text }) => status !== 502 || text !== crashed)).toEqual([])
  expect(failures.length).toBeLessThanOrEqual(kills)
})

test('where no worker is left, callers wait for the next one, and none is refused before its time', async () => {
  await deployScript(stage, { name: 'single', script, flags: ['--max-request-wait-time-ms', '20000'] })
  const before = new Set(await workerPids())
  await stage.output(['service', 'delete', 'echo'])
  const [victim] = await workerPids()
  if (victim === undefined) throw new Error('there is no worker')
  expect(before).toContain(victim)
  const load = startLoad(await requestTo(stage, 'single', 'hello'), 32)
  await waitUntil('the load is under way', () => load.report.replies.length > 200 || undefined)
  process.kill(victim, 'SIGKILL')
  await waitUntil('another worker', async () => {
    const pids = await workerPids()
    return pids.length === 1 && !pids.includes(victim) ? true : undefined
  })
  const { length } = load.report.replies
  await waitUntil('it answers', () => load.report.replies.length > length + 200 || undefined)
  const { failures } = await load.stop()
  expect(failures.filter(({ status, text }) => status !== 502 || text !== crashed)).toEqual([])
  expect(failures.length).toBeLessThanOrEqual(1)
})
