/** What looks at services work with, and the writing of what they saw. */
import type { ReplicaDriver } from '@slipway/compute'
import type { Image, ImageSpec } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import type { LogStore } from '../store/logs/log-store.ts'
import { type Resource, type ResourceKey, type ResourceStore } from '../store/resource-store.ts'
import type { Autoscaler } from './autoscaler.ts'
import { serviceOf } from './earlier-service.ts'
import type { SampleChecks } from './sample-checks.ts'
import { imagesInUse, imagesUsed, type ServiceResource, type StoredStatus } from './service-document.ts'
import type { OpenedImage } from './workload.ts'

export type ImageDocument = Resource<ImageSpec, Image['status']>

export interface ServiceReconciler {
  store: ResourceStore
  logs: LogStore
  driver: ReplicaDriver
  gateway: Pick<Gateway, 'setRoute' | 'removeRoute' | 'stats'>
  autoscaler: Pick<Autoscaler, 'watch'>
  samples: Pick<SampleChecks, 'judge' | 'forget'>
  openImage(image: ImageDocument, signal: AbortSignal): Promise<Omit<OpenedImage, 'spec'>>
  /** Whether the scoring port speaks TLS. */
  tls(): boolean
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
  { store }: Pick<ServiceReconciler, 'store'>,
  key: ResourceKey,
  change: (service: ServiceResource) => StoredStatus,
): Promise<void> {
  await store.transaction(async (tx) => {
    const current = serviceOf(await tx.get(key))
    const status = change(current)
    if (JSON.stringify(status) === JSON.stringify(current.status)) return
    // The spec may have changed since the look began: what it names now stays in use.
    const wanted = imagesInUse({ ...current, status })
    const found = await Promise.all(wanted.map((image) => tx.find(image)))
    const uses = wanted.filter((_, index) => found[index] !== undefined)
    await tx.update(key, () => ({ status, uses }))
  })
}

/** The service of a key, as it is now. */
export async function findService(
  { store }: Pick<ServiceReconciler, 'store'>,
  key: ResourceKey,
): Promise<ServiceResource | undefined> {
  const document = await store.find(key)
  return document && serviceOf(document)
}

/** Workloads of a service that the driver may hold. */
export function workloadsOf({ workloads }: ServiceReconciler, key: ResourceKey): Set<string> {
  return workloads.get(nameOf(key)) ?? new Set()
}

/** Name of a service among those of all workspaces. */
export function nameOf({ workspace, name }: Pick<ResourceKey, 'workspace' | 'name'>): string {
  return `${workspace}/${name}`
}

/** The document of an image that a version names. */
export async function findImage(
  { tools, service }: Run,
  reference: string,
): Promise<ImageDocument | undefined> {
  const [key] = imagesUsed(service.metadata.workspace, [{ image: reference }])
  return key && tools.store.find<ImageSpec, Image['status']>(key)
}
