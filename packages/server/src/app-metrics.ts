/** Brings together what the metrics of the app are made of: gateways count, reconcilers see. */
import type { GatewayHub } from './gateways/gateway-hub.ts'
import type { DecisionCounts } from './metrics/decision-counts.ts'
import { measureCounted, measureSeen } from './metrics/measure-services.ts'
import { createMetrics, type Measure, type Metrics } from './metrics/metrics.ts'
import { serviceOf } from './services/earlier-service.ts'
import { placeOfPrefix, type ServiceResource } from './services/service-document.ts'
import type { ResourceStore } from './store/resource-store.ts'

export interface MeasuredApp {
  store: ResourceStore
  gateway: Pick<GatewayHub, 'counts'>
  version: string
  decisions: DecisionCounts
}

export function createAppMetrics({ store, gateway, version, decisions }: MeasuredApp): Metrics {
  return createMetrics(async (measure) => {
    measure('slipway_build_info', { version, node: process.versions.node }, 1)
    measureGateways(measure, gateway)
    decisions.measure(measure)
    for await (const service of everyService(store)) measureService(measure, service)
  })
}

function measureGateways(measure: Measure, hub: Pick<GatewayHub, 'counts'>): void {
  for (const { gateway, connections, versions } of hub.counts()) {
    measure('slipway_gateway_connections', { gateway }, connections)
    for (const { prefix, ...counted } of versions) {
      const { workspace, name: service } = placeOfPrefix(prefix)
      measureCounted(measure, { gateway, workspace, service, ...counted })
    }
  }
}

function measureService(measure: Measure, { name: service, metadata, status }: ServiceResource): void {
  for (const [version, { replicas, wantedReplicas: wanted }] of Object.entries(status.versions)) {
    const ready = replicas.filter(({ phase, current }) => current && phase === 'ready').length
    measureSeen(measure, { workspace: metadata.workspace, service, version, ready, wanted })
  }
}

async function* everyService(store: ResourceStore): AsyncIterable<ServiceResource> {
  let cursor: string | undefined
  do {
    const filter = { kind: 'service', limit: 500, order: 'oldest', cursor } as const
    const page = await store.list(filter)
    yield* page.items.map(serviceOf)
    cursor = page.next
  } while (cursor !== undefined)
}
