/** Changes a service: each change is one transaction that writes the new spec and records the operation. */
import {
  ApiError,
  formatReference,
  sharedSettingsOf,
  versionsOf,
  type Metadata,
  type Operation,
  type OperationAction,
  type ServiceSettings,
  type ServiceSpec,
  type ServiceUpdate,
} from '@slipway/contract'
import { beginOperation } from '../reconcile/operation-records.ts'
import { describe } from '../store/describe-change.ts'
import type { ResourceTransaction } from '../store/resource-store.ts'
import { indexOf, resolveImage } from './deploy.ts'
import { serviceOf } from './earlier-service.ts'
import { newTokenSecret, type Keys } from './keys.ts'
import {
  imagesInUse,
  keysKey,
  serviceKey,
  versionStatus,
  type ServiceResource,
  type StoredStatus,
} from './service-document.ts'
import { changedServiceSettings, refuseUnsupported, type Abilities } from './settings-rules.ts'
import { sameWish, type Wish } from './workload.ts'

export interface Place {
  workspace: string
  name: string
}

export async function readService(
  tx: Pick<ResourceTransaction, 'get'>,
  place: Place,
): Promise<ServiceResource> {
  return serviceOf(await tx.get(serviceKey(place)))
}

export interface Update {
  place: Place
  body: ServiceUpdate
  ifRevision: number | undefined
  abilities: Abilities
}

export async function updateService(tx: ResourceTransaction, update: Update): Promise<Operation> {
  const { place, body, ifRevision, abilities } = update
  const service = await readService(tx, place)
  const { sampleRequest: sampleBefore, ...before } = service.spec
  const sample = body.sampleRequest === undefined ? sampleBefore : (body.sampleRequest ?? undefined)
  const settings = changedServiceSettings(before.settings, body.settings ?? {})
  refuseUnsupported(settings, abilities)
  const spec: ServiceSpec = {
    ...before,
    image: body.image === undefined ? before.image : await exactImage(tx, place, body.image),
    settings,
    ...(sample !== undefined && { sampleRequest: sample }),
  }
  await ensureTokenSecret(tx, place, settings)
  const said = describe(service.metadata, body)
  return changeSpec(tx, { place, spec, said, ifRevision, action: 'service-update' })
}

/** The reference of an image, with its version. Errors: `not-found`, `build-failed`. */
export async function exactImage(
  tx: ResourceTransaction,
  { workspace }: Place,
  reference: string,
): Promise<string> {
  const { name, version } = await resolveImage(tx, workspace, reference)
  return formatReference(name, version)
}

async function ensureTokenSecret(
  tx: ResourceTransaction,
  place: Place,
  { tokenAuthEnabled }: ServiceSettings,
): Promise<void> {
  if (!tokenAuthEnabled) return
  await tx.update<Keys>(keysKey(place), ({ spec }) =>
    spec.tokenSecret === undefined ? { spec: { ...spec, tokenSecret: newTokenSecret() } } : undefined,
  )
}

export interface SpecChange {
  place: Place
  spec: ServiceSpec
  said?: Pick<Metadata, 'description' | 'tags' | 'properties'>
  ifRevision?: number | undefined
  action: OperationAction
  /** The version that the change is about; the default one unless given. */
  serviceVersion?: string
}

export async function changeSpec(tx: ResourceTransaction, change: SpecChange): Promise<Operation> {
  const { place, spec, said, ifRevision, action, serviceVersion } = change
  const changed = await tx.update<ServiceSpec, StoredStatus>(
    serviceKey(place),
    (current) => {
      const before = serviceOf(current)
      const names = versionsOf(spec).map(({ name }) => name)
      const versions = Object.fromEntries(names.map((name) => [name, versionStatus(before.status, name)]))
      const status = { ...before.status, versions }
      const uses = imagesInUse({ ...before, spec, status })
      return { spec, status, ...said, uses, indexed: indexOf(spec) }
    },
    { ifRevision },
  )
  const target = { ...serviceKey(place), kind: 'service' as const }
  const { generation } = changed.metadata
  return beginOperation(tx, { action, target, serviceVersion, targetGeneration: generation })
}

/** Goes back to what a version, by default the default one, served before. */
export async function rollback(
  tx: ResourceTransaction,
  { place, version }: { place: Place; version?: string },
): Promise<Operation> {
  const service = await readService(tx, place)
  const name = version ?? service.spec.versionName
  const target = servedBefore(service, name)
  await resolveImage(tx, place.workspace, target.image)
  const spec = withWish(service.spec, name, target)
  return changeSpec(tx, { place, spec, action: 'service-rollback', serviceVersion: name })
}

/** Errors: `not-found` for a version that is not there, `conflict` where it has served nothing else. */
function servedBefore({ spec, status, name: service }: ServiceResource, name: string): Wish {
  const version = versionsOf(spec).find((one) => one.name === name)
  if (!version) throw noVersion(service, name)
  const { serving, history } = versionStatus(status, name)
  const isRolledOut = serving !== undefined && sameWish(serving, version)
  const target = isRolledOut ? history[0] : serving
  if (target) return target
  const command = version.isDefault ? `update ${service}` : `version update ${service} ${name}`
  const who = version.isDefault ? `the service ${service}` : `the version ${name} of ${service}`
  throw new ApiError('conflict', `${who} has served nothing before ${version.image}`, {
    hint: `Name an image instead: slipway service ${command} --image NAME:VERSION`,
  })
}

/** What all versions share stays: a rollback opens no service that asks for a key now. */
function withWish(spec: ServiceSpec, name: string, { image, settings }: Wish): ServiceSpec {
  if (name === spec.versionName)
    return { ...spec, image, settings: { ...sharedSettingsOf(spec.settings), ...settings } }
  const version = spec.versions[name]
  return version ? { ...spec, versions: { ...spec.versions, [name]: { ...version, image, settings } } } : spec
}

export function noVersion(service: string, name: string): ApiError {
  return new ApiError('not-found', `the service ${service} has no version ${name}`, {
    hint: `slipway service show ${service} lists them.`,
  })
}

export async function removeService(
  tx: ResourceTransaction,
  place: Place,
  ifRevision?: number,
): Promise<Operation> {
  const removed = await tx.remove(serviceKey(place), { ifRevision })
  await tx.remove(keysKey(place))
  const target = { ...serviceKey(place), kind: 'service' as const }
  const { generation } = removed.metadata
  return beginOperation(tx, { action: 'service-delete', target, targetGeneration: generation })
}
