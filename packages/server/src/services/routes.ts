/** What the gateway is told about a service. */
import type { ReplicaStatus } from '@slipway/compute'
import type { ServiceSettings } from '@slipway/contract'
import type { ReplicaEndpoint, ServiceAuth, ServiceRoute } from '@slipway/scoring'
import type { Keys } from './keys.ts'
import { pathPrefix, type ServiceResource } from './service-document.ts'

/** Calls that may wait for a replica: enough for a burst, bounded so that memory is. */
const maxQueueLength = 1000

export interface RouteParts {
  keys: Keys
  settings: ServiceSettings
  replicas: readonly ReplicaStatus[]
}

/** Who may call a service. */
export function authOf({ authEnabled }: ServiceSettings, keys: Keys): ServiceAuth {
  return authEnabled ? { kind: 'keys', keys: [keys.primaryKey, keys.secondaryKey] } : { kind: 'none' }
}

export function routeOf(service: ServiceResource, { keys, settings, replicas }: RouteParts): ServiceRoute {
  return {
    prefix: pathPrefix({ workspace: service.metadata.workspace, name: service.name }),
    service: service.name,
    auth: authOf(settings, keys),
    scoringTimeoutMs: settings.scoringTimeoutMs,
    maxConcurrentPerReplica: settings.replicaMaxConcurrentRequests,
    maxQueueWaitMs: settings.maxRequestWaitTimeMs,
    maxQueueLength,
    replicas: replicas.flatMap(endpointOf),
  }
}

/** A replica that was started again after a crash is another one to the gateway. */
function endpointOf({ id, phase, endpoint, restarts }: ReplicaStatus): ReplicaEndpoint[] {
  return phase === 'ready' && endpoint ? [{ id: `${id}#${restarts}`, ...endpoint }] : []
}
