/** Gateways in processes of their own: they share workers, outlive the API, and count as one for it. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { LogEntry, Service } from '@slipway/contract'
import { score } from '@slipway/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway, type RunningGateway } from '../support/gateway-process.ts'
import { startLoad } from '../support/load.ts'
import { openStage, projectDir, type Stage } from '../support/stage.ts'
import { waitUntil } from '../support/wait-until.ts'

const script = `
import os, time

def init():
    pass

def run(raw_data):
    time.sleep(float(raw_data))
    print("slept " + raw_data)
    return os.getpid()
`

const params = { workspace: 'default', name: 'naps' }

let stage: Stage
/** The way of the first gateway to the API; cut by its close. */
let proxy: CountingProxy
let first: RunningGateway
let second: RunningGateway

beforeAll(async () => {
  const port = await freePort()
  const roles = ['--role', 'api,reconcile', '--public-scoring-url', `http://127.0.0.1:${port}`]
  stage = await openStage({ flags: roles })
  proxy = await startCountingProxy(Number(new URL(stage.server.url).port))
  first = await gateway(proxy.url, { port, flags: ['--state', stateFile(), '--gateway-name', 'first'] })
  second = await gateway(stage.server.url, { flags: ['--gateway-name', 'second'] })
  await stage.write('naps/score.py', script)
})

afterAll(async () => {
  await Promise.all([first?.stop(), second?.stop()])
  await proxy?.close()
  await stage?.close()
})

function stateFile(): string {
  return path.join(stage.folder, 'routes.json')
}

async function gateway(api: string, options: { port?: number; flags: string[] }): Promise<RunningGateway> {
  const tokenFile = path.join(stage.dataDir, 'token')
  return await startGateway({ projectDir, api, tokenFile, ...options })
}

async function primaryKey(name = 'naps'): Promise<string> {
  return (await stage.client.services.keys({ params: { ...params, name } })).primaryKey
}

/** One request to a service behind one gateway. */
async function call(
  at: RunningGateway,
  { key, name = 'naps', body = '0' }: { key: string; name?: string; body?: string },
) {
  const scoringUri = `${at.url}/api/v1/service/${name}/score`
  const { status, text } = await score({ scoringUri, key, body, signal: AbortSignal.timeout(60_000) })
  return { status, text: text() }
}

async function metric(pattern: RegExp): Promise<number[]> {
  const text = await stage.client.server.metrics()
  return text.split('\n').flatMap((line) => (pattern.test(line) ? [Number(line.split(' ').at(-1))] : []))
}

test('a service is answered for by every gateway, with one worker', async () => {
  const deployed = await stage.json<Service>(['service', 'deploy', 'naps', '--entry-script', 'naps/score.py'])
  expect(deployed.status.scoringUri).toBe(`${first.url}/api/v1/service/naps/score`)
  const key = await primaryKey()
  const replies = await Promise.all([call(first, { key }), call(second, { key })])
  const [{ pid }] = await workers()
  expect(replies).toEqual([
    { status: 200, text: String(pid) },
    { status: 200, text: String(pid) },
  ])
})

test.each([
  { kind: 'of another server', content: 'x', says: 'does not take the token in' },
  { kind: 'not there', content: undefined, says: 'the token cannot be read from' },
])(
  'a gateway with a token that is $kind ends, and says where the right one is',
  async ({ content, says }) => {
    const tokenFile = path.join(stage.folder, 'another-token')
    if (content !== undefined) await stage.write('another-token', content)
    else await rm(tokenFile, { force: true })
    const start = startGateway({ projectDir, api: stage.server.url, tokenFile })
    await expect(start).rejects.toThrow(new RegExp(`${says}.*\nThe token is in the file`))
  },
)

test('the API itself opens no scoring port, and tells what the gateways count', async () => {
  expect(await metric(/^slipway_gateway_connections\{gateway="local"/)).toEqual([])
  const counted = await waitUntil('both gateways have told what they answered', async () => {
    const counts = await metric(/^slipway_requests_total\{.*service="naps",version="v1",status="200"\}/)
    return counts.length === 2 ? counts : undefined
  })
  expect(counted).toEqual([1, 1])
})

test('two gateways use one worker at a time, and lose nothing', async () => {
  const key = await primaryKey()
  const loads = [first, second].map((at) =>
    startLoad({ scoringUri: `${at.url}/api/v1/service/naps/score`, key, body: '0.001' }),
  )
  await waitUntil('there is much traffic', () =>
    loads.every(({ report }) => report.replies.length > 200) ? true : undefined,
  )
  const reports = await Promise.all(loads.map((load) => load.stop()))
  expect(reports.flatMap(({ failures }) => failures)).toEqual([])
})

test('a new key holds in every gateway once the command has ended', async () => {
  const before = await primaryKey()
  await stage.output(['service', 'keys', 'naps', 'regenerate', 'primary'])
  const key = await primaryKey()
  for (const at of [first, second]) {
    expect((await call(at, { key: before })).status).toBe(401)
    expect((await call(at, { key })).status).toBe(200)
  }
})

test('what scripts print behind a gateway is in the log of the service', async () => {
  await call(second, { key: await primaryKey(), body: '0.0078125' })
  const line = await waitUntil('the line has come', async () => {
    const lines = await stage.json<LogEntry[]>(['service', 'logs', 'naps'])
    return lines.find(({ text }) => text.includes('slept 0.0078125'))
  })
  expect(line).toMatchObject({ stream: 'stdout', requestId: expect.any(String) as string })
})

test('replicas follow what all gateways have to do', async () => {
  const scaling = [
    '--autoscale-enabled',
    '--autoscale-max-replicas',
    '4',
    '--autoscale-target-utilization',
    '100',
  ]
  await stage.output(['service', 'deploy', 'busy', '--image', 'naps', ...scaling])
  const key = await primaryKey('busy')
  const loads = [first, second].map((at) =>
    startLoad({ scoringUri: `${at.url}/api/v1/service/busy/score`, key, body: '0.2' }, 2),
  )
  // Of two clients each, one gateway alone would ask for two replicas.
  const most = await waitUntil('four replicas are wanted', async () => {
    const [wanted = 0] = await metric(/^slipway_replicas_wanted\{.*service="busy"/)
    return wanted >= 4 ? wanted : undefined
  })
  expect(most).toBe(4)
  await Promise.all(loads.map((load) => load.stop()))
  await stage.output(['service', 'delete', 'busy'])
})

test('a call at a gateway wakes a service that rests without a replica', async () => {
  const scaling = ['--autoscale-enabled', '--autoscale-min-replicas', '0']
  await stage.output(['service', 'deploy', 'rests', '--image', 'naps', ...scaling])
  const key = await primaryKey('rests')
  expect((await call(second, { key, name: 'rests' })).status).toBe(200)
  await stage.output(['service', 'delete', 'rests'])
  expect((await call(second, { key, name: 'rests' })).status).toBe(404)
})

describe('while the API does not answer', () => {
  test('the gateways go on, and it hears later what was printed', async () => {
    const key = await primaryKey()
    process.kill(stage.server.pid, 'SIGSTOP')
    try {
      for (const at of [first, second]) {
        expect((await call(at, { key, body: '0.015625' })).status).toBe(200)
      }
    } finally {
      process.kill(stage.server.pid, 'SIGCONT')
    }
    await waitUntil('both lines have come', async () => {
      const lines = await stage.json<LogEntry[]>(['service', 'logs', 'naps'])
      const printed = lines.filter(({ text }) => text.includes('slept 0.015625'))
      return printed.length === 2 ? printed : undefined
    })
  })
})

describe('a gateway that is cut off', () => {
  let key: string

  test('keeps its routes, and nobody waits for it for long', async () => {
    key = await primaryKey()
    await proxy.close()
    await stage.output(['service', 'keys', 'naps', 'regenerate', 'primary'])
    expect((await call(first, { key })).status).toBe(200)
    expect((await call(second, { key })).status).toBe(401)
    expect(first.said()).toContain('the API is away; the last known routes are served')
  })

  test('starts again with what it has kept', async () => {
    expect(await first.stop()).toBe(0)
    const { port } = first
    first = await gateway(proxy.url, { port, flags: ['--state', stateFile(), '--gateway-name', 'first'] })
    expect(await (await fetch(`${first.url}/healthz`)).text()).toBe('Healthy')
    await waitUntil('the worker is connected', async () =>
      (await call(first, { key })).status === 200 ? true : undefined,
    )
  })

  test('has all that changed once it finds the API again', async () => {
    await first.stop()
    const { port } = first
    first = await gateway(stage.server.url, {
      port,
      flags: ['--state', stateFile(), '--gateway-name', 'first'],
    })
    await waitUntil('the old key is refused', async () =>
      (await call(first, { key })).status === 401 ? true : undefined,
    )
    expect((await call(first, { key: await primaryKey() })).status).toBe(200)
  })
})

async function workers() {
  const [worker, ...others] = (await stage.workers()).filter(({ command }) => command.includes('main.py'))
  if (!worker || others.length > 0) throw new Error(`there are ${others.length} workers too many`)
  return [worker] as const
}
