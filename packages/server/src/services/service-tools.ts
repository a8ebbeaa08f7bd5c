/** What looks at services work with, and the writing of what they saw. */
import type { ReplicaDriver } from '@slipway/compute'
import type { Image, ImageSpec } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import type { LogStore } from '../store/logs/log-store.ts'
import { keyOf, type Resource, type ResourceKey, type ResourceStore } from '../store/resource-store.ts'
import { imagesUsed, type ServiceResource, type StoredStatus } from './service-document.ts'
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
  /** Removes a workload in the background and then forgets it; a failure is reported, and the next look tries again. */
  removeLater(id: string, known: Set<string>, signal: AbortSignal): void
}

/** One look at one service, as it was when the look began. */
export interface Run {
  tools: ServiceReconciler
  service: ServiceResource
  signal: AbortSignal
}

/** Writes only what has changed, so that a look that finds nothing new causes no other look. */
export async function writeStatus(
  { store }: ServiceReconciler,
  service: ServiceResource,
  change: (status: StoredStatus) => StoredStatus,
): Promise<void> {
  const { workspace } = service.metadata
  await store.transaction(async (tx) => {
    const current = (await tx.get(keyOf(service))) as ServiceResource
    const status = change(current.status)
    if (JSON.stringify(status) === JSON.stringify(current.status)) return
    // The spec may have changed since the look began: what it names now stays in use.
    const wanted = imagesUsed(workspace, [current.spec, ...(status.serving ? [status.serving] : [])])
    const found = await Promise.all(wanted.map((key) => tx.find(key)))
    const uses = wanted.filter((_, index) => found[index] !== undefined)
    await tx.update(keyOf(service), () => ({ status, uses }))
  })
}

/** Name of a service among those of all workspaces. */
export function nameOf({ workspace, name }: ResourceKey): string {
  return `${workspace}/${name}`
}
