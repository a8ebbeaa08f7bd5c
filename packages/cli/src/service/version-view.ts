/** How versions of a service are shown. */
import type { Autoscale, NamedVersion, VersionStatus } from '@slipway/contract'
import { formatTime } from '../output/amounts.ts'

export const versionColumns = ['version', 'state', 'image', 'replicas', 'traffic', 'shadow', 'type'] as const

export function versionRow(version: NamedVersion, status: VersionStatus | undefined): string[] {
  const { name, isDefault, image, trafficPercent, shadowPercent, type } = version
  return [
    isDefault ? `${name} (default)` : name,
    status?.state ?? 'Transitioning',
    image,
    replicasOf(status),
    `${trafficPercent} %`,
    shadowPercent === 0 ? '' : `${shadowPercent} %`,
    type,
  ]
}

/** One sentence, for who looks at the service as a whole. */
export function versionLine(version: NamedVersion, status: VersionStatus | undefined): string {
  const { image, trafficPercent, shadowPercent, type } = version
  const shadow = shadowPercent === 0 ? [] : [`copies of ${shadowPercent} %`]
  const parts = [
    status?.state,
    image,
    `${replicasOf(status)} replicas`,
    `${trafficPercent} % of requests`,
    ...shadow,
  ]
  return [...parts, type, status?.error?.message].filter((part) => part !== undefined).join(', ')
}

/** Ready ones of those that are wanted. */
export function replicasOf(status: VersionStatus | undefined): string {
  const ready = status?.replicas.filter(({ phase, current }) => current && phase === 'ready').length ?? 0
  return `${ready}/${status?.wantedReplicas ?? 0}`
}

/** The decision that the number of replicas comes from, newest first. */
export function decisionLines({ decisions }: Autoscale): string[] {
  return decisions.map(({ at, from, to, reason }) => `${formatTime(at)}  ${from} → ${to}  ${reason}`)
}
