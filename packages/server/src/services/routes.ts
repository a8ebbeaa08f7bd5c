/** What the gateway is told about a service. */
import type { ReplicaStatus } from '@slipway/compute'
import type { VersionSettings } from '@slipway/contract'
import type { ReplicaEndpoint, ServiceAuth, ServiceRoute, VersionRoute } from '@slipway/scoring'
import type { SeenReplica } from './plan.ts'
import { pathPrefix, placeOf, type ServiceResource } from './service-document.ts'

/** A version as requests find it. */
export interface RoutedVersion {
  name: string
  isDefault: boolean
  trafficPercent: number
  shadowPercent: number
  /** Of what serves. */
  settings: VersionSettings
  servers: readonly SeenReplica[]
  /** True where a request may wait until a replica has started. */
  wakes: boolean
}

export function routeOf(
  service: ServiceResource,
  auth: ServiceAuth,
  versions: readonly RoutedVersion[],
): ServiceRoute {
  return {
    prefix: pathPrefix(placeOf(service)),
    service: service.name,
    auth,
    cors: service.spec.settings.corsOrigins,
    versions: versions.map(versionRoute),
  }
}

function versionRoute({ settings, servers, wakes, ...version }: RoutedVersion): VersionRoute {
  const { name, isDefault, trafficPercent, shadowPercent } = version
  return {
    name,
    isDefault,
    trafficPercent,
    shadowPercent,
    scoringTimeoutMs: settings.scoringTimeoutMs,
    maxConcurrentPerReplica: settings.replicaMaxConcurrentRequests,
    maxQueueWaitMs: settings.maxRequestWaitTimeMs,
    maxQueueLength: settings.maxQueueLength,
    maxColdStartMs: wakes ? settings.initTimeoutSeconds * 1000 : 0,
    scriptErrors: settings.scriptErrors,
    probe: {
      periodMs: settings.periodSeconds * 1000,
      timeoutMs: settings.timeoutSeconds * 1000,
      initialDelayMs: settings.initialDelaySeconds * 1000,
      successThreshold: settings.successThreshold,
      failureThreshold: settings.failureThreshold,
    },
    replicas: servers.flatMap((replica) => endpointOf(replica) ?? []),
  }
}

/** Where a replica that is ready takes calls. One that was started again after a crash is another one to the gateway. */
export function endpointOf({
  id,
  phase,
  endpoint,
  restarts,
}: Pick<ReplicaStatus, 'id' | 'phase' | 'endpoint' | 'restarts'>): ReplicaEndpoint | undefined {
  return phase === 'ready' && endpoint ? { id: `${id}#${restarts}`, ...endpoint } : undefined
}
