/** How services are shown. */
import type { Service } from '@slipway/contract'
import type { Action } from '../action.ts'
import { formatPairs, formatTime } from '../output/amounts.ts'

export const listColumns = ['name', 'state', 'image', 'replicas', 'scoring uri', 'updated'] as const

export function rowOf(service: Service): string[] {
  const { name, spec, status, metadata } = service
  const updated = formatTime(metadata.updatedAt) ?? ''
  return [name, status.state, spec.image, replicasOf(service), status.scoringUri, updated]
}

function replicasOf({ spec, status }: Service): string {
  const ready = status.replicas.filter(({ phase }) => phase === 'ready').length
  return `${ready}/${spec.settings.numReplicas}`
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
    ['replicas', replicasOf(service)],
    ['asks for a key', spec.settings.authEnabled ? 'yes' : 'no'],
    ['limits', limitsOf(service)],
    ['tags', formatPairs(metadata.tags)],
    ['properties', formatPairs(metadata.properties)],
    ['created', formatTime(metadata.createdAt)],
    ['updated', formatTime(metadata.updatedAt)],
  ]
  action.show(service, { kind: 'details', pairs })
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
