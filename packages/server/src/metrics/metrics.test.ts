/** What metrics look like to whoever scrapes them. */
import { expect, test } from 'vitest'
import { DecisionCounts } from './decision-counts.ts'
import { measureCounted } from './measure-services.ts'
import { metricTable } from './metric-table.ts'
import { createMetrics } from './metrics.ts'

const seen = { gateway: 'local', workspace: 'default', service: 'demo', version: 'v1' }

function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`))
}

test('are measured each time they are asked for, from nothing', async () => {
  let count = 3
  const metrics = createMetrics(async (measure) =>
    measure('slipway_requests_total', { ...seen, status: '200' }, count),
  )
  const labels = 'gateway="local",workspace="default",service="demo",version="v1",status="200"'
  expect(linesOf(await metrics.text(), 'slipway_requests_total')).toEqual([
    `slipway_requests_total{${labels}} 3`,
  ])
  count = 2
  const texts = await Promise.all([metrics.text(), metrics.text()])
  for (const text of texts) {
    expect(linesOf(text, 'slipway_requests_total')).toEqual([`slipway_requests_total{${labels}} 2`])
  }
})

test('of two gateways of one name are added', async () => {
  const metrics = createMetrics(async (measure) => {
    for (const value of [1, 2]) measure('slipway_gateway_connections', { gateway: 'edge' }, value)
  })
  expect(linesOf(await metrics.text(), 'slipway_gateway_connections')).toEqual([
    'slipway_gateway_connections{gateway="edge"} 3',
  ])
})

test('hold what each gateway has counted of a version', async () => {
  const stats = {
    answered: { 200: 5, 502: 1 },
    abandoned: 2,
    refused: 3,
    queued: 4,
    inFlight: 1,
    readyReplicas: 2,
    lostReplicas: 1,
    redispatched: 6,
    runMs: 1_500,
    shadow: { sent: 3, same: 1, different: 1, failed: 1 },
  }
  const text = await createMetrics(async (measure) =>
    measureCounted(measure, { ...seen, stats, busySeconds: 7, waitSeconds: 8 }),
  ).text()
  const values = Object.keys(metricTable).flatMap((name) =>
    linesOf(text, name).map((line) => [name, Number(line.split(' ').at(-1))]),
  )
  expect(values).toEqual([
    ['slipway_requests_total', 5],
    ['slipway_requests_total', 1],
    ['slipway_requests_abandoned_total', 2],
    ['slipway_requests_refused_total', 3],
    ['slipway_requests_redispatched_total', 6],
    ['slipway_run_seconds_total', 1.5],
    ['slipway_queue_wait_seconds_total', 8],
    ['slipway_replica_busy_seconds_total', 7],
    ['slipway_requests_waiting', 4],
    ['slipway_requests_in_flight', 1],
    ['slipway_replicas_connected', 2],
    ['slipway_replicas_lost_total', 1],
    ['slipway_shadow_requests_total', 3],
    ['slipway_shadow_requests_total', 1],
    ['slipway_shadow_requests_total', 1],
    ['slipway_shadow_requests_total', 1],
  ])
})

test('count the decisions of the autoscaler by direction', async () => {
  const decisions = new DecisionCounts()
  const labels = { workspace: 'default', service: 'demo', version: 'v1' }
  for (const direction of ['up', 'up', 'down'] as const) decisions.add({ ...labels, direction })
  const text = await createMetrics(async (measure) => decisions.measure(measure)).text()
  const values = linesOf(text, 'slipway_autoscale_decisions_total').map((line) => line.split(',').at(-1))
  expect(values).toEqual(['direction="up"} 2', 'direction="down"} 1'])
})

test('are still there when measuring has failed once', async () => {
  let fails = true
  const metrics = createMetrics(async () => {
    if (fails) throw new Error('the store is away')
  })
  await expect(metrics.text()).rejects.toThrow('the store is away')
  fails = false
  expect(await metrics.text()).toContain('process_cpu_seconds_total')
})

test('have names and help that Prometheus asks for', () => {
  for (const [name, { kind, help }] of Object.entries(metricTable)) {
    expect(name).toMatch(/^slipway_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(kind === 'counter')
    expect(help).toMatch(/^[A-Z].*\.$/)
  }
})
