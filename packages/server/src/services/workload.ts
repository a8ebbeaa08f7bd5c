/** What the driver is asked for, from what a service wants. */
import { createHash } from 'node:crypto'
import type { ServiceSettings, ServiceSpec } from '@slipway/contract'
import type { Bundle, Workload } from '@slipway/compute'
import type { ImageSpec } from '@slipway/contract'
import { pathPrefix, type ServiceResource } from './service-document.ts'

const stopGraceMs = 30_000
const bytesPerGb = 2 ** 30

export type Wish = Pick<ServiceSpec, 'image' | 'settings'>

/** Equal for wishes that the same replicas can serve; another id means new replicas. */
export function workloadId(service: ServiceResource, { image, settings }: Wish): string {
  const { cpuCores, memoryGb, environmentVariables, scoringTimeoutMs } = settings
  const template = JSON.stringify([image, cpuCores, memoryGb, environmentVariables, scoringTimeoutMs])
  const hash = createHash('sha256').update(template).digest('hex').slice(0, 8)
  const { workspace, uid } = service.metadata
  return `${workspace}/${service.name}/${uid.slice(0, 8)}-${hash}`
}

/** The service that a workload belongs to, from its id. */
export function placeOfWorkload(id: string): { workspace: string; name: string } {
  const [workspace = '', name = ''] = id.split('/')
  return { workspace, name }
}

export interface OpenedImage {
  spec: ImageSpec
  bundle: Bundle
  /** Environment variables that the image brings. */
  variables: Record<string, string>
}

export function workloadOf(
  service: ServiceResource,
  wish: Wish,
  { spec, bundle, variables }: OpenedImage,
): Workload {
  const { settings } = wish
  const folder = spec.sourceDirectory
  return {
    id: workloadId(service, wish),
    generation: 1,
    replicas: settings.numReplicas ?? 1,
    bundle,
    environment: {
      ...variables,
      ...settings.environmentVariables,
      ...(folder !== undefined && { AZUREML_SOURCE_DIRECTORY: folder }),
      SERVICE_PATH_PREFIX: pathPrefix({ workspace: service.metadata.workspace, name: service.name }),
    },
    serviceName: service.name,
    entryScript: folder === undefined ? spec.entryScript : `${folder}/${spec.entryScript}`,
    limits: limitsOf(settings),
    initTimeoutMs: settings.initTimeoutSeconds * 1000,
    scoringTimeoutMs: settings.scoringTimeoutMs,
    stopGraceMs,
  }
}

function limitsOf({ cpuCores, memoryGb }: ServiceSettings): Workload['limits'] {
  return {
    ...(cpuCores !== undefined && { cpuCores }),
    ...(memoryGb !== undefined && { memoryBytes: Math.round(memoryGb * bytesPerGb) }),
  }
}
