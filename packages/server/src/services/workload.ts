/** What the driver is asked for, from what a version wants. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ImageSpec, ServiceVersion, VersionSettings } from '@slipway/contract'
import type { Bundle, Workload } from '@slipway/compute'
import { pathPrefix, placeOf, type ServiceResource } from './service-document.ts'

const stopGraceMs = 30_000
const bytesPerGb = 2 ** 30

export type Wish = Pick<ServiceVersion, 'image' | 'settings'>

/** What a version of a service wants, or wanted before. */
export interface VersionWish {
  service: ServiceResource
  version: string
  wish: Wish
}

/** Whether nothing has to be done to come from one to the other. */
export function sameWish(one: Wish, other: Wish): boolean {
  return one.image === other.image && isDeepStrictEqual(one.settings, other.settings)
}

/** Equal for wishes that the same replicas can serve; another id means new replicas. */
export function workloadId({ service, version, wish }: VersionWish): string {
  const { cpuCores, memoryGb, environmentVariables, scoringTimeoutMs } = wish.settings
  const { workspace, uid } = service.metadata
  const template = JSON.stringify([
    uid,
    wish.image,
    cpuCores,
    memoryGb,
    environmentVariables,
    scoringTimeoutMs,
  ])
  const hash = createHash('sha256').update(template).digest('hex').slice(0, 12)
  return `${workspace}/${service.name}/${version}-${hash}`
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
  of: VersionWish,
  { spec, bundle, variables }: OpenedImage,
  replicas: number,
): Workload {
  const { settings } = of.wish
  const folder = spec.sourceDirectory
  return {
    id: workloadId(of),
    generation: 1,
    replicas,
    bundle,
    environment: {
      ...variables,
      ...settings.environmentVariables,
      ...(folder !== undefined && { AZUREML_SOURCE_DIRECTORY: folder }),
      SERVICE_PATH_PREFIX: pathPrefix(placeOf(of.service)),
    },
    serviceName: of.service.name,
    entryScript: folder === undefined ? spec.entryScript : `${folder}/${spec.entryScript}`,
    limits: limitsOf(settings),
    initTimeoutMs: settings.initTimeoutSeconds * 1000,
    scoringTimeoutMs: settings.scoringTimeoutMs,
    stopGraceMs,
  }
}

function limitsOf({ cpuCores, memoryGb }: VersionSettings): Workload['limits'] {
  return {
    ...(cpuCores !== undefined && { cpuCores }),
    ...(memoryGb !== undefined && { memoryBytes: Math.round(memoryGb * bytesPerGb) }),
  }
}
