/** What holds between the start of the server and the moment replicas are back: known, but not ready. */
import type { ServiceSpec } from '@slipway/contract'
import { keyOf } from '../store/resource-store.ts'
import { applyRoute } from './apply-route.ts'
import { plan } from './plan.ts'
import type { ServiceResource, StoredStatus } from './service-document.ts'
import { nameOf, writeStatus, type ServiceReconciler } from './service-tools.ts'
import { isDeployed, statusAfter } from './status.ts'

/** Routes every service to nobody, so that callers are told to come again and not that it is unknown. */
export async function routeEverything(tools: ServiceReconciler, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined
  do {
    const filter = { kind: 'service', limit: 500, order: 'oldest', cursor } as const
    const page = await tools.store.list<ServiceSpec, StoredStatus>(filter)
    for (const service of page.items) {
      await applyRoute(tools, { service, serving: service.status.serving, replicas: [] }, signal)
    }
    cursor = page.next
  } while (cursor !== undefined)
}

/** The first look since the start: nothing of the service runs here, whatever was stored when the last server ended. */
export async function announceStart(
  tools: ServiceReconciler,
  service: ServiceResource,
  signal: AbortSignal,
): Promise<void> {
  tools.workloads.set(nameOf(keyOf(service)), new Set())
  const { serving } = service.status
  await applyRoute(tools, { service, serving, replicas: [] }, signal)
  const wanted = service.spec.settings.numReplicas ?? 1
  const decided = plan({ wanted, replicas: [], previousServes: false, deployed: isDeployed(service) })
  const { capabilities } = tools.driver
  const look = { plan: decided, serving, replicas: [], capabilities, now: tools.now() }
  await writeStatus(tools, service, () => statusAfter(service, look))
}
