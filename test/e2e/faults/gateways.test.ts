/** A gateway apart, under 32 connections: restarted it answers what it has taken, and without its API it goes on. */
import path from 'node:path'
import { score } from '@slipway/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCountingProxy, type CountingProxy } from '../../support/counting-proxy.ts'
import { freePort } from '../../support/free-port.ts'
import { type RunningGateway, startGateway } from '../../support/gateway-process.ts'
import { type Load, startLoad } from '../../support/load.ts'
import { deployScript, requestTo } from '../../support/scored-service.ts'
import { openStage, projectDir, type Stage } from '../../support/stage.ts'
import { waitUntil } from '../../support/wait-until.ts'

const script = `
import time

def init():
    pass

def run(raw_data):
    time.sleep(float(raw_data))
    return raw_data
`

const clients = 32

let stage: Stage
let port: number
/** The way of the gateway to the API. */
let proxy: CountingProxy
let gateway: RunningGateway

beforeAll(async () => {
  port = await freePort()
  const scoringUrl = `http://127.0.0.1:${port}`
  stage = await openStage({ flags: ['--role', 'api,reconcile', '--public-scoring-url', scoringUrl] })
  proxy = await startCountingProxy(Number(new URL(stage.server.url).port))
  gateway = await openGateway()
  const flags = ['--num-replicas', '2', '--max-request-wait-time-ms', '20000']
  await deployScript(stage, { name: 'naps', script, flags })
})

afterAll(async () => {
  await gateway?.stop()
  await proxy?.close()
  await stage?.close()
})

async function openGateway(): Promise<RunningGateway> {
  const tokenFile = path.join(stage.dataDir, 'token')
  const flags = ['--state', path.join(stage.folder, 'routes.json')]
  return await startGateway({ projectDir, api: proxy.url, tokenFile, port, flags })
}

async function repliesMore(load: Load, count = 200): Promise<void> {
  const { length } = load.report.replies
  await waitUntil(`${count} more replies`, () => load.report.replies.length >= length + count || undefined)
}

test('a restart answers what was taken, and refuses connections only while nobody listens', async () => {
  const request = await requestTo(stage, 'naps', '0.002')
  const load = startLoad(request, clients)
  await repliesMore(load)
  const running = score({ ...request, body: '0.5' })
  await repliesMore(load, 20)
  expect(await gateway.stop()).toBe(0)
  expect((await running).text()).toBe('"0.5"')
  gateway = await openGateway()
  await repliesMore(load)
  const { failures } = await load.stop()
  const nobody = `no server answers at ${request.scoringUri}`
  expect(failures.filter(({ status, text }) => status !== 0 || !text.includes(nobody))).toEqual([])
})

test('while the API does not answer, no request is lost', async () => {
  const load = startLoad(await requestTo(stage, 'naps', '0.002'), clients)
  await repliesMore(load)
  process.kill(stage.server.pid, 'SIGSTOP')
  try {
    await repliesMore(load, 2_000)
  } finally {
    process.kill(stage.server.pid, 'SIGCONT')
  }
  await repliesMore(load)
  expect((await load.stop()).failures).toEqual([])
})

test('while the way to the API is cut, and when it is there again, no request is lost', async () => {
  const load = startLoad(await requestTo(stage, 'naps', '0.002'), clients)
  await repliesMore(load)
  const apiPort = Number(new URL(stage.server.url).port)
  const proxyPort = Number(new URL(proxy.url).port)
  await proxy.close()
  await said('the API is away')
  await repliesMore(load)
  proxy = await startCountingProxy(apiPort, proxyPort)
  await said('the API is back')
  await stage.output(['service', 'update', 'naps', '--num-replicas', '1'])
  await repliesMore(load)
  expect((await load.stop()).failures).toEqual([])
})

async function said(text: string): Promise<void> {
  await waitUntil(`the gateway says that ${text}`, () => gateway.said().includes(text) || undefined)
}
