/** Hands a service's route to the gateway. */
import type { ReplicaStatus } from '@slipway/compute'
import type { Revision } from '@slipway/contract'
import type { Keys } from './keys.ts'
import { routeOf } from './routes.ts'
import { keysKey, type ServiceResource } from './service-document.ts'
import type { ServiceReconciler } from './service-tools.ts'

/** Longest that one look waits for calls to drain and replicas to be connected; a crash meanwhile is seen by the next look. */
const routeWaitMs = 2000

export interface WantedRoute {
  service: ServiceResource
  /** What answers requests; its settings hold for them. */
  serving: Revision | undefined
  replicas: readonly ReplicaStatus[]
}

/** False when it takes long: the route holds all the same, and settles while others work. */
export async function applyRoute(
  { store, gateway }: Pick<ServiceReconciler, 'store' | 'gateway'>,
  { service, serving, replicas }: WantedRoute,
  signal: AbortSignal,
): Promise<boolean> {
  const place = { workspace: service.metadata.workspace, name: service.name }
  const { spec: keys } = await store.get<Keys>(keysKey(place))
  const settings = serving?.settings ?? service.spec.settings
  const late = AbortSignal.timeout(routeWaitMs)
  try {
    await gateway.setRoute(routeOf(service, { keys, settings, replicas }), AbortSignal.any([signal, late]))
    return true
  } catch (error) {
    if (late.aborted && !signal.aborted) return false
    throw error
  }
}
