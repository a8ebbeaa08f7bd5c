/** How services are shown. */
import { autoscaleOf, versionsOf, type Service } from '@slipway/contract'
import type { Action } from '../action.ts'
import { formatList, formatPairs, formatTime } from '../output/amounts.ts'
import { decisionLines, replicasOf, versionLine } from './version-view.ts'

/** Of the autoscaler's decisions; `why` shows them all. */
const shownDecisions = 3

export const listColumns = ['name', 'state', 'image', 'replicas', 'scoring uri', 'updated'] as const

export function rowOf(service: Service): string[] {
  const { name, spec, status, metadata } = service
  const updated = formatTime(metadata.updatedAt) ?? ''
  return [
    name,
    status.state,
    spec.image,
    replicasOf(status.versions[spec.versionName]),
    status.scoringUri,
    updated,
  ]
}

export function showService(action: Action, service: Service): void {
  const { metadata, spec, status } = service
  const serving = status.serving?.image
  const pairs: [string, string | undefined][] = [
    ['service', service.name],
    ['state', status.state],
    ['error', status.error?.message],
    ['hint', status.error?.hint],
    ['scoring uri', status.scoringUri],
    ['swagger uri', status.swaggerUri],
    ['description', metadata.description],
    ['image', spec.image],
    ['still serving', serving === spec.image ? undefined : serving],
    ['replicas', replicasText(service)],
    ...autoscalePairs(service),
    ...versionPairs(service),
    ['asks callers for', askedFor(service)],
    ['not encrypted', plainText(service)],
    ['pages of', formatList(spec.settings.corsOrigins)],
    ['limits', limitsOf(service)],
    ['tags', formatPairs(metadata.tags)],
    ['properties', formatPairs(metadata.properties)],
    ['created', formatTime(metadata.createdAt)],
    ['updated', formatTime(metadata.updatedAt)],
  ]
  action.show(service, { kind: 'details', pairs })
}

function replicasText({ spec, status }: Service): string {
  const count = replicasOf(status.versions[spec.versionName])
  const policy = autoscaleOf(spec.settings)
  return policy ? `${count}, by load ${policy.minReplicas} to ${policy.maxReplicas}` : count
}

/** The last decisions of the autoscaler, of every version that has one. */
function autoscalePairs({ spec, status }: Service): [string, string][] {
  return versionsOf(spec).flatMap(({ name }) => {
    const autoscale = status.versions[name]?.autoscale
    const lines = autoscale ? decisionLines(autoscale).slice(0, shownDecisions) : []
    const label = name === spec.versionName ? 'autoscale' : `autoscale ${name}`
    return lines.map((line): [string, string] => [label, line])
  })
}

/** Of a service with one version, all else says it. */
function versionPairs({ spec, status }: Service): [string, string][] {
  const versions = versionsOf(spec)
  if (versions.length === 1) return []
  return versions.map((version) => [
    version.isDefault ? `version ${version.name} (default)` : `version ${version.name}`,
    versionLine(version, status.versions[version.name]),
  ])
}

function askedFor({ spec: { settings } }: Service): string {
  if (settings.tokenAuthEnabled) return 'a token'
  return settings.authEnabled ? 'a key' : 'nothing'
}

/** Why the service is reached without TLS though it asks for it. */
function plainText({ status: { conditions } }: Service): string | undefined {
  return conditions.find(({ type, status }) => type === 'Encrypted' && status === 'false')?.message
}

/** Says of each limit that was set whether the host holds it. */
function limitsOf({ spec: { settings }, status: { limits } }: Service): string | undefined {
  const wanted = [
    ...(settings.cpuCores === undefined ? [] : [{ text: `${settings.cpuCores} cores`, means: limits.cpu }]),
    ...(settings.memoryGb === undefined ? [] : [{ text: `${settings.memoryGb} GiB`, means: limits.memory }]),
  ]
  const parts = wanted.map(({ text, means }) =>
    means.enforced ? text : `${text} (not enforced: ${means.why ?? 'the host cannot'})`,
  )
  return parts.length === 0 ? undefined : parts.join(', ')
}
