/** A service as it is stored, and as the API shows it. */
import { defaultWorkspace, parseReference, type Service, type ServiceSpec } from '@slipway/contract'
import type { Resource, ResourceKey } from '../store/resource-store.ts'

/** Addresses are not stored: they follow the port the server listens on now. */
export type StoredStatus = Omit<Service['status'], 'scoringUri' | 'swaggerUri'>

export type ServiceResource = Resource<ServiceSpec, StoredStatus>

export function serviceKey(params: { workspace: string; name: string }): ResourceKey {
  return { kind: 'service', workspace: params.workspace, name: params.name }
}

export function keysKey(params: { workspace: string; name: string }): ResourceKey {
  return { kind: 'service-keys', workspace: params.workspace, name: params.name }
}

export function serviceLogKey({ workspace, name }: { workspace: string; name: string }): string {
  return `services/${workspace}/${name}`
}

/** Path of a service on the scoring port; services of the default workspace have Azure’s path. */
export function pathPrefix({ workspace, name }: { workspace: string; name: string }): string {
  const path = `/api/v1/service/${name}`
  return workspace === defaultWorkspace ? path : `/workspaces/${workspace}${path}`
}

/** The images that wishes name, each once. */
export function imagesUsed(workspace: string, wishes: readonly { image: string }[]): Required<ResourceKey>[] {
  const references = new Set(wishes.map(({ image }) => image))
  return [...references].map((reference) => ({
    kind: 'image',
    workspace,
    version: 1,
    ...parseReference(reference),
  }))
}

/** The other way round of `pathPrefix`. */
export function placeOfPrefix(prefix: string): { workspace: string; name: string } {
  const segments = prefix.split('/')
  const name = segments.at(-1) ?? ''
  return { workspace: segments[1] === 'workspaces' ? (segments[2] ?? '') : defaultWorkspace, name }
}

export function asService(resource: ServiceResource, scoringUrl: string): Service {
  const base = scoringUrl + pathPrefix({ workspace: resource.metadata.workspace, name: resource.name })
  return {
    ...resource,
    kind: 'service',
    status: { ...resource.status, scoringUri: `${base}/score`, swaggerUri: `${base}/swagger.json` },
  }
}
