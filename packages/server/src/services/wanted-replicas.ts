/** How many replicas a version wants now: what its settings fix, or what the autoscaler has decided. */
import { autoscaleOf, type VersionSettings, type VersionStatus } from '@slipway/contract'

/** Until all of a new wish have been ready at least one is wanted: what never ran cannot be woken either. */
export function wantedReplicas(
  settings: VersionSettings,
  { autoscale, deployed }: Pick<VersionStatus, 'autoscale' | 'deployed'>,
): number {
  const policy = autoscaleOf(settings)
  if (!policy) return settings.numReplicas ?? 1
  const { minReplicas, maxReplicas } = policy
  const decided = Math.min(maxReplicas, Math.max(minReplicas, autoscale?.replicas ?? 1))
  return deployed ? decided : Math.max(1, decided)
}

/** Whether requests may find no replica and wait for one to start. */
export function mayRest(settings: VersionSettings): boolean {
  return autoscaleOf(settings)?.minReplicas === 0
}
