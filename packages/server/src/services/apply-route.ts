/** Hands a service's route to the gateway. */
import type { Gateway, ServiceAuth } from '@slipway/scoring'
import type { ResourceKey } from '../store/resource-store.ts'
import { authOf, type Keys } from './keys.ts'
import { routeOf, type RoutedVersion } from './routes.ts'
import { keysKey, pathPrefix, placeOf, type ServiceResource } from './service-document.ts'
import type { ServiceReconciler } from './service-tools.ts'

/** Longest that one look waits for calls to drain and replicas to be connected; a crash meanwhile is seen by the next look. */
const routeWaitMs = 500

/** Takes who may call from the next request on. */
export interface AuthTaker {
  setAuth(prefix: string, auth: ServiceAuth): void | Promise<void>
}

/** Holds from the next request on, whatever a look is busy with; resolves once it does in every gateway. */
export async function useKeys(gateway: AuthTaker, service: ServiceResource, keys: Keys): Promise<void> {
  await gateway.setAuth(pathPrefix(placeOf(service)), authOfService(service, keys))
}

/** False while calls are still answered: no new ones are taken, and the next look waits for the rest. */
export async function takeRouteDown(
  { gateway }: { gateway: Pick<Gateway, 'removeRoute'> },
  key: ResourceKey,
  signal: AbortSignal,
): Promise<boolean> {
  return withinLook((limit) => gateway.removeRoute(pathPrefix(key), limit), signal)
}

/** False when it takes long: the route holds all the same, and settles while others work. */
export async function applyRoute(
  { store, gateway }: Pick<ServiceReconciler, 'store'> & { gateway: Pick<Gateway, 'setRoute'> },
  { service, versions }: { service: ServiceResource; versions: readonly RoutedVersion[] },
  signal: AbortSignal,
): Promise<boolean> {
  const { spec: keys } = await store.get<Keys>(keysKey(placeOf(service)))
  const route = routeOf(service, authOfService(service, keys), versions)
  return withinLook((limit) => gateway.setRoute(route, limit), signal)
}

function authOfService(service: ServiceResource, keys: Keys): ServiceAuth {
  return authOf(service.spec.settings, keys, pathPrefix(placeOf(service)))
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
