/** A service through its life: deployed, called, watched, updated, rolled back, killed, restarted, stopped. */
import type { LogEntry, Service, Why } from '@slipway/contract'
import { score } from '@slipway/sdk'
import { access } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad } from '../support/load.ts'
import { processesOf } from '../support/processes-of.ts'
import { openStage, type Stage } from '../support/stage.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Leaves a process of its own behind, as scripts do that start servers and never stop them. */
const scriptOf = (version: number) => `
import subprocess

def init():
    subprocess.Popen(["sleep", "3600"], start_new_session=True)
    print("init of version ${version}")

def run(raw_data):
    print("scoring " + raw_data)
    return {"version": ${version}, "echo": raw_data}
`

const brokenScript = `
def init():
    raise RuntimeError("the model is of another size")

def run(raw_data):
    return raw_data
`

const body = '{"data": [1]}'
/** As Python writes JSON. */
const replyOf = (version: number) => `{"version": ${version}, "echo": ${JSON.stringify(body)}}`

describe('the life of a service', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await stage.write('v1/score.py', scriptOf(1))
    await stage.write('v2/score.py', scriptOf(2))
    await stage.write('broken/score.py', brokenScript)
  })
  afterAll(() => stage?.close())

  const service = () => stage.json<Service>(['service', 'show', 'shop'])
  const keys = () => stage.json<{ primaryKey: string; secondaryKey: string }>(['service', 'keys', 'shop'])
  const request = async () => {
    const params = { workspace: 'default', name: 'shop' }
    const { services } = stage.client
    const [{ status }, { primaryKey }] = await Promise.all([
      services.get({ params }),
      services.keys({ params }),
    ])
    return { scoringUri: status.scoringUri, key: primaryKey, body }
  }
  const why = () => stage.json<Why>(['why', 'shop'])
  const logs = (...flags: string[]) => stage.json<LogEntry[]>(['service', 'logs', 'shop', ...flags])

  test('a script becomes a service that answers', async () => {
    const deploy = ['service', 'deploy', 'shop', '--entry-script', 'v1/score.py', '--num-replicas', '2']
    const { status } = await stage.json<Service>(deploy)
    expect(status.state).toBe('Healthy')
    expect(await stage.output(['service', 'score', 'shop', '--data', body])).toBe(replyOf(1))
  })

  test('why says that it is ready, and how it came about', async () => {
    const answer = await why()
    expect(answer.summary).toBe('shop is ready and serves shop:1.')
    expect(answer.chain.map(({ step, status }) => `${step} ${status}`)).toEqual(
      ['spec', 'environment', 'build', 'start', 'import', 'init', 'route', 'ready'].map(
        (step) => `${step} ok`,
      ),
    )
    expect(answer.log).toEqual([])
  })

  describe('its keys', () => {
    const statusWith = async (key: string | undefined) => (await score({ ...(await request()), key })).status

    test('both keys open the service, a wrong one and none do not', async () => {
      const { primaryKey, secondaryKey } = await keys()
      expect(primaryKey).not.toBe(secondaryKey)
      const statuses = await Promise.all(
        [primaryKey, secondaryKey, `${primaryKey}x`, undefined].map(statusWith),
      )
      expect(statuses).toEqual([200, 200, 401, 401])
    })

    test.each(['primary', 'secondary'] as const)(
      'a new %s key holds from the next request on, and the other key stays',
      async (which) => {
        const before = await keys()
        const after = await stage.json<typeof before>(['service', 'keys', 'shop', 'regenerate', which])
        const [changed, other] =
          which === 'primary'
            ? (['primaryKey', 'secondaryKey'] as const)
            : (['secondaryKey', 'primaryKey'] as const)
        expect(after[other]).toBe(before[other])
        expect(after[changed]).not.toBe(before[changed])
        const statuses = await Promise.all([before[changed], after[changed], after[other]].map(statusWith))
        expect(statuses).toEqual([401, 200, 200])
      },
    )
  })

  describe('its log', () => {
    test('a request is found by its id, also by the id the client chose', async () => {
      const reply = await score({
        ...(await request()),
        body: 'a-line',
        headers: { 'x-request-id': 'mine-1' },
      })
      expect(reply.headers.get('x-request-id')).toBe('mine-1')
      await score({ ...(await request()), body: 'another-line' })
      const entries = await waitUntil('the log of the request', async () => {
        const found = await logs('--request-id', 'mine-1')
        return found.length > 0 ? found : undefined
      })
      expect(entries.map(({ text, stream, requestId }) => ({ text, stream, requestId }))).toEqual([
        { text: 'scoring a-line', stream: 'stdout', requestId: 'mine-1' },
      ])
    })

    test('the log of the service holds what every replica wrote, in the order it was written', async () => {
      const entries = await logs()
      const inits = entries.filter(({ text }) => text === 'init of version 1')
      expect(new Set(inits.map(({ source }) => source)).size).toBe(2)
      const times = entries.map(({ time }) => time)
      expect(times).toEqual(times.toSorted())
      expect(entries.some(({ text }) => text === 'scoring another-line')).toBe(true)
    })

    test('a follower sees a line as soon as a request has printed it', async () => {
      const follower = stage.startSlipway(['service', 'logs', 'shop', '--follow', '--lines', '1'])
      const lines = follower.lines[Symbol.asyncIterator]()
      await lines.next()
      await score({ ...(await request()), body: 'live-line' })
      const { value } = await lines.next()
      expect(value).toMatch(/scoring live-line$/)
      follower.kill('SIGINT')
      expect((await follower.finished).code).toBe(130)
    })
  })

  test('an update under load fails no request, and the new version answers afterwards', async () => {
    await stage.output(['image', 'create', '--name', 'shop', '--entry-script', 'v2/score.py'])
    const load = startLoad(await request())
    await waitUntil('the load is under way', () => load.report.replies.length > 50 || undefined)
    await stage.output(['service', 'update', 'shop', '--image', 'shop:2'])
    const answered = load.report.replies.length
    await waitUntil(
      'requests after the update',
      () => load.report.replies.length > answered + 50 || undefined,
    )
    const { replies, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(new Set(replies)).toEqual(new Set([replyOf(1), replyOf(2)]))
    expect(replies.at(-1)).toBe(replyOf(2))
  })

  test('a rollback goes back to the version before, and no request fails', async () => {
    const load = startLoad(await request())
    await waitUntil('the load is under way', () => load.report.replies.length > 50 || undefined)
    const { spec } = await stage.json<Service>(['service', 'rollback', 'shop'])
    expect(spec.image).toBe('shop:1')
    const { failures } = await load.stop()
    expect(failures).toEqual([])
    expect(await stage.output(['service', 'score', 'shop', '--data', body])).toBe(replyOf(1))
  })

  test('a broken version takes no traffic: the one before keeps serving, and why names the fault', async () => {
    await stage.output(['image', 'create', '--name', 'shop', '--entry-script', 'broken/score.py'])
    const load = startLoad(await request())
    const { code, stderr } = await stage.slipway(['service', 'update', 'shop', '--image', 'shop:3'])
    expect(code).toBe(1)
    expect(stderr).toContain('the model is of another size')
    // What the version that serves goes on to print must not hide why the other one failed.
    const answered = load.report.replies.length
    await waitUntil(
      'requests after the failure',
      () => load.report.replies.length > answered + 50 || undefined,
    )
    const { failures, replies } = await load.stop()
    expect(failures).toEqual([])
    expect(new Set(replies)).toEqual(new Set([replyOf(1)]))

    const answer = await why()
    expect(answer.state).toBe('Failed')
    expect(answer.summary).toMatch(
      /^shop is not ready: .*the model is of another size.* shop:1 keeps serving\.$/,
    )
    const failing = answer.chain.find(({ status }) => status === 'failed')
    expect(failing?.step).toBe('init')
    expect(answer.log.join('\n')).toContain('RuntimeError: the model is of another size')
    expect(answer.hint).toContain('traceback')

    await stage.output(['service', 'rollback', 'shop'])
    expect((await service()).status.state).toBe('Healthy')
  })

  describe('a server that is killed under load', () => {
    let lastLogged: LogEntry[]
    let workersBefore: Awaited<ReturnType<Stage['workers']>>

    test('comes back with its services, their keys and their replies, by itself', async () => {
      const call = await request()
      workersBefore = await stage.workers()
      lastLogged = await logs()
      const load = startLoad(call)
      await waitUntil('the load is under way', () => load.report.replies.length > 50 || undefined)
      await stage.killServer()
      await waitUntil('requests fail', () => load.report.failures.length > 0 || undefined)
      await stage.start()
      const answered = load.report.replies.length
      await waitUntil('it answers again', () => load.report.replies.length > answered + 50 || undefined)
      const { replies } = await load.stop()
      expect(new Set(replies)).toEqual(new Set([replyOf(1)]))
      await waitUntil('both replicas', async () => (await service()).status.state === 'Healthy' || undefined)
    })

    test('leaves no process of before behind', async () => {
      expect(workersBefore.filter(({ command }) => command.startsWith('sleep'))).not.toEqual([])
      const identity = ({ pid, startTicks }: { pid: number; startTicks: string }) => `${pid} ${startTicks}`
      const now = new Set((await stage.workers()).map(identity))
      expect(workersBefore.filter((one) => now.has(identity(one)))).toEqual([])
      const replicas = (await service()).status.replicas.map(({ id }) => `run/${id}`)
      expect(await stage.unfinished()).toEqual(replicas.sort())
    })

    test('keeps every line of the log that it had shown', async () => {
      const now = new Set((await logs('--lines', '100000')).map((entry) => JSON.stringify(entry)))
      expect(lastLogged.length).toBeGreaterThan(0)
      expect(lastLogged.filter((entry) => !now.has(JSON.stringify(entry)))).toEqual([])
    })
  })

  test('a deleted service answers 404 and leaves no process and no file', async () => {
    const call = await request()
    await stage.output(['service', 'delete', 'shop'])
    const reply = await score(call)
    expect(reply.status).toBe(404)
    expect(await stage.workers()).toEqual([])
    expect(await stage.unfinished()).toEqual([])
  })

  test('a graceful stop answers what is running, and leaves no process and no trace of an address', async () => {
    await stage.output(['service', 'deploy', 'shop', '--image', 'shop:1'])
    const load = startLoad(await request())
    await waitUntil('the load is under way', () => load.report.replies.length > 50 || undefined)
    await stage.server.stop()
    expect(await stage.server.ended).toBe(0)
    const { failures } = await load.stop()
    expect(failures.filter(({ text }) => !text.includes('no server answers'))).toEqual([])
    expect(await processesOf(stage.dataDir)).toEqual([])
    await expect(access(path.join(stage.dataDir, 'home', 'local.json'))).rejects.toThrow('ENOENT')
    const { code, stderr } = await stage.slipway(['service', 'list'])
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr:
        'error: no server is running\nhint: Start one with: slipway serve. Or name one with --url or SLIPWAY_URL.\n',
    })
  })
})
