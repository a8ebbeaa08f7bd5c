/** A service as it is stored, and as the API shows it. */
import {
  defaultWorkspace,
  parseReference,
  versionsOf,
  type NamedVersion,
  type Service,
  type ServiceSpec,
  type VersionStatus,
} from '@slipway/contract'
import type { Resource, ResourceKey } from '../store/resource-store.ts'

/** Addresses are not stored, for they follow the port the server listens on now; nor is what stands under `versions`. */
export type StoredStatus = Omit<
  Service['status'],
  'scoringUri' | 'swaggerUri' | 'serving' | 'history' | 'replicas'
>

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

export function placeOf(service: ServiceResource): { workspace: string; name: string } {
  return { workspace: service.metadata.workspace, name: service.name }
}

/** Path of a service on the scoring port; services of the default workspace have Azure’s path. */
export function pathPrefix({ workspace, name }: { workspace: string; name: string }): string {
  const path = `/api/v1/service/${name}`
  return workspace === defaultWorkspace ? path : `/workspaces/${workspace}${path}`
}

/** The other way round of `pathPrefix`. */
export function placeOfPrefix(prefix: string): { workspace: string; name: string } {
  const segments = prefix.split('/')
  const name = segments.at(-1) ?? ''
  return { workspace: segments[1] === 'workspaces' ? (segments[2] ?? '') : defaultWorkspace, name }
}

/** Errors: none; undefined for a name that the service does not have. */
export function findVersion(spec: ServiceSpec, name: string): NamedVersion | undefined {
  return versionsOf(spec).find((version) => version.name === name)
}

/** As no look has seen it yet. */
export const unseenVersion: VersionStatus = {
  state: 'Transitioning',
  message: 'it was not looked at yet',
  history: [],
  replicas: [],
  deployed: false,
  wantedReplicas: 0,
  trafficPercent: 0,
}

export function versionStatus({ versions }: Pick<StoredStatus, 'versions'>, name: string): VersionStatus {
  return (Object.hasOwn(versions, name) ? versions[name] : undefined) ?? unseenVersion
}

/** The images that a service must be able to run, each once: what it wants, and what still serves. */
export function imagesInUse({ spec, status, metadata }: ServiceResource): Required<ResourceKey>[] {
  const versions = versionsOf(spec)
  const serving = versions.flatMap(({ name }) => versionStatus(status, name).serving ?? [])
  return imagesUsed(metadata.workspace, [...versions, ...serving])
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

export function asService(resource: ServiceResource, scoringUrl: string): Service {
  const { spec, status } = resource
  const base = scoringUrl + pathPrefix(placeOf(resource))
  const { serving, history, replicas } = versionStatus(status, spec.versionName)
  return {
    ...resource,
    kind: 'service',
    status: {
      ...status,
      scoringUri: `${base}/score`,
      swaggerUri: `${base}/swagger.json`,
      ...(serving && { serving }),
      history,
      replicas,
    },
  }
}
