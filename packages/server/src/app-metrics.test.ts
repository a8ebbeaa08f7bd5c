/** What the metrics of the app are read from. */
import { ServiceSettings } from '@slipway/contract'
import { expect, test } from 'vitest'
import { createAppMetrics } from './app-metrics.ts'
import { DecisionCounts } from './metrics/decision-counts.ts'
import { createMemoryStore } from './store/memory/memory-store.ts'

test('a service that was stored before it had versions is measured too', async () => {
  const store = createMemoryStore()
  const place = { kind: 'service', workspace: 'default', name: 'echo' }
  const { authEnabled, scoringTimeoutMs } = ServiceSettings.parse({})
  const spec = { image: 'echo:1', target: 'process', settings: { authEnabled, scoringTimeoutMs } }
  await store.create({ ...place, spec, status: { state: 'Healthy', history: [], conditions: [] } })
  const gateway = { counts: () => [] }
  const metrics = createAppMetrics({ store, gateway, version: '0', decisions: new DecisionCounts() })
  expect(await metrics.text()).toContain('slipway_replicas_ready{workspace="default",service="echo"')
})
