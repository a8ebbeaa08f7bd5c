/** Changes to a service under 32 connections: no request is lost, each refused one is refused for the reason documented. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Load, startLoad } from '../../support/load.ts'
import { deployScript, requestTo } from '../../support/scored-service.ts'
import { openStage, type Stage } from '../../support/stage.ts'
import { waitUntil } from '../../support/wait-until.ts'

const scriptOf = (version: number) => `
def init():
    pass

def run(raw_data):
    return ${version}
`

const clients = 32

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  const flags = ['--max-request-wait-time-ms', '5000']
  await deployScript(stage, { name: 'shop', script: scriptOf(1), flags })
})
afterAll(() => stage?.close())

/** Waits until the load has got so many replies more. */
async function repliesMore(load: Load, count = 200): Promise<void> {
  const { length } = load.report.replies
  await waitUntil(`${count} more replies`, () => load.report.replies.length >= length + count || undefined)
}

/** Puts the service under load while `change` happens; what became of the requests. */
async function under(change: () => Promise<unknown>) {
  const load = startLoad(await requestTo(stage, 'shop', 'x'), clients)
  await repliesMore(load)
  await change()
  await repliesMore(load)
  return await load.stop()
}

test('a rolling update loses no request and ends with the new version', async () => {
  await stage.write('next/score.py', scriptOf(2))
  await stage.output(['image', 'create', '--name', 'shop', '--entry-script', 'next/score.py'])
  const { replies, failures } = await under(() =>
    stage.output(['service', 'update', 'shop', '--image', 'shop:2']),
  )
  expect(failures).toEqual([])
  expect(new Set(replies)).toEqual(new Set(['1', '2']))
  expect(replies.at(-1)).toBe('2')
})

test('more replicas, and fewer again, lose no request', async () => {
  const { failures } = await under(async () => {
    await stage.output(['service', 'update', 'shop', '--num-replicas', '4'])
    expect(await stage.workers()).toHaveLength(4)
    await stage.output(['service', 'update', 'shop', '--num-replicas', '1'])
    await waitUntil('one worker', async () => (await stage.workers()).length === 1 || undefined)
  })
  expect(failures).toEqual([])
})

test('a new key refuses the callers of the old one, with 401 and its text, and nobody else', async () => {
  const params = { workspace: 'default', name: 'shop' }
  const { secondaryKey } = await stage.client.services.keys({ params })
  const request = await requestTo(stage, 'shop', 'x')
  const others = startLoad(request, clients / 2)
  const callers = startLoad({ ...request, key: secondaryKey }, clients / 2)
  await repliesMore(callers)
  expect(callers.report.failures).toEqual([])
  await stage.output(['service', 'keys', 'shop', 'regenerate', 'secondary'])
  const asked = callers.report.replies.length
  await repliesMore(others)
  const refused = await callers.stop()
  expect((await others.stop()).failures).toEqual([])
  // What was on its way when the command ended may have been admitted before.
  expect(refused.replies.length).toBeLessThanOrEqual(asked + clients / 2)
  expect(refused.failures.length).toBeGreaterThan(0)
  const denied = { status: 401, text: '{"message": "Unauthorized, the key is not valid"}' }
  expect(refused.failures.filter((failure) => failure.status !== 401)).toEqual([])
  expect(refused.failures[0]).toEqual(denied)
})

test('too many callers are refused with 503 and its text, and all others are answered', async () => {
  const slow =
    'import time\ndef init():\n    pass\ndef run(raw_data):\n    time.sleep(0.05)\n    return raw_data\n'
  const flags = ['--max-queue-length', '4', '--max-request-wait-time-ms', '5000']
  await deployScript(stage, { name: 'slow', script: slow, flags })
  const load = startLoad(await requestTo(stage, 'slow', 'x'), clients)
  await repliesMore(load, 20)
  const { failures } = await load.stop()
  expect(failures.length).toBeGreaterThan(0)
  const texts = new Set(failures.map(({ status, text }) => `${status} ${text}`))
  expect([...texts]).toEqual(['503 {"message": "Too many requests for service slow (overloaded)"}'])
})
