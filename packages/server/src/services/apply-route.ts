/** Hands a service's route to the gateway. */
import type { ReplicaStatus } from '@slipway/compute'
import type { Revision } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import type { Keys } from './keys.ts'
import type { ResourceKey } from '../store/resource-store.ts'
import { authOf, routeOf } from './routes.ts'
import { keysKey, pathPrefix, type ServiceResource } from './service-document.ts'
import type { ServiceReconciler } from './service-tools.ts'

/** Longest that one look waits for calls to drain and replicas to be connected; a crash meanwhile is seen by the next look. */
const routeWaitMs = 2000

export interface WantedRoute {
  service: ServiceResource
  /** What answers requests; its settings hold for them. */
  serving: Revision | undefined
  replicas: readonly ReplicaStatus[]
}

/** Holds from the next request on, whatever a look is busy with. */
export function useKeys(gateway: Pick<Gateway, 'setAuth'>, service: ServiceResource, keys: Keys): void {
  const settings = service.status.serving?.settings ?? service.spec.settings
  const place = { workspace: service.metadata.workspace, name: service.name }
  gateway.setAuth(pathPrefix(place), authOf(settings, keys))
}

/** False while calls are still answered: no new ones are taken, and the next look waits for the rest. */
export async function takeRouteDown(
  { gateway }: Pick<ServiceReconciler, 'gateway'>,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<boolean> {
  return withinLook((limit) => gateway.removeRoute(pathPrefix(key), limit), signal)
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
  const route = routeOf(service, { keys, settings, replicas })
  return withinLook((limit) => gateway.setRoute(route, limit), signal)
}

/** Whether the work ended within the time that one look may wait. */
async function withinLook(
  work: (limit: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const late = AbortSignal.timeout(routeWaitMs)
  try {
    await work(AbortSignal.any([signal, late]))
    return true
  } catch (error) {
    if (late.aborted && !signal.aborted) return false
    throw error
  }
}
