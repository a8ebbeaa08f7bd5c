/** Writes a decision of the autoscaler down, so that the next look carries it out and a restart does not forget it. */
import type { ScalingDecision, VersionStatus } from '@slipway/contract'
import type { Place } from './autoscaler.ts'
import { findVersion, serviceKey, versionStatus } from './service-document.ts'
import { writeStatus, type ServiceReconciler } from './service-tools.ts'

/** Decisions that are shown. */
const keptDecisions = 20

export interface Decided {
  place: Place
  version: string
  decision: ScalingDecision
}

/** Nothing is written for a version that is gone, or that no longer asks for autoscaling. */
export async function keepDecision(
  tools: Pick<ServiceReconciler, 'store'>,
  { place, version, decision }: Decided,
): Promise<void> {
  await writeStatus(tools, serviceKey(place), ({ spec, status }) => {
    if (!findVersion(spec, version)?.settings.autoscaleEnabled) return status
    const before = versionStatus(status, version)
    return { ...status, versions: { ...status.versions, [version]: decided(before, decision) } }
  })
}

function decided(before: VersionStatus, decision: ScalingDecision): VersionStatus {
  const decisions = [decision, ...(before.autoscale?.decisions ?? [])].slice(0, keptDecisions)
  return { ...before, autoscale: { replicas: decision.to, decisions } }
}
