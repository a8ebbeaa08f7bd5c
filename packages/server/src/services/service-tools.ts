/** What looks at services work with, and the writing of what they saw. */
import type { ReplicaDriver } from '@slipway/compute'
import type { Image, ImageSpec } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import type { LogStore } from '../store/logs/log-store.ts'
import { keyOf, type Resource, type ResourceKey, type ResourceStore } from '../store/resource-store.ts'
import type { ServiceResource, StoredStatus } from './service-document.ts'
import type { OpenedImage } from './workload.ts'

export type ImageDocument = Resource<ImageSpec, Image['status']>

export interface ServiceReconciler {
  store: ResourceStore
  logs: LogStore
  driver: ReplicaDriver
  gateway: Pick<Gateway, 'setRoute' | 'removeRoute' | 'stats'>
  openImage(image: ImageDocument, signal: AbortSignal): Promise<Omit<OpenedImage, 'spec'>>
  now(): Date
  /** Workloads handed to the driver, by service; kept by the reconciler between runs. */
  workloads: Map<string, Set<string>>
}

/** Writes only what has changed, so that a look that finds nothing new causes no other look. */
export async function writeStatus(
  { store }: ServiceReconciler,
  service: ServiceResource,
  ...[change, uses]: [change: (status: StoredStatus) => StoredStatus, uses?: ResourceKey[]]
): Promise<void> {
  await store.update<ServiceResource['spec'], StoredStatus>(keyOf(service), (current) => {
    const status = change(current.status)
    if (JSON.stringify(status) === JSON.stringify(current.status)) return undefined
    return { status, ...(uses && { uses }) }
  })
}

/** Name of a service among those of all workspaces. */
export function nameOf({ workspace, name }: ResourceKey): string {
  return `${workspace}/${name}`
}
