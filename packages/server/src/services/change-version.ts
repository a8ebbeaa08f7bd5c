/** Creates, changes and deletes versions of a service. */
import {
  ApiError,
  maxVersions,
  percentLeft,
  sharedSettingsOf,
  versionsOf,
  type NamedVersion,
  type NewVersion,
  type Operation,
  type ServiceSpec,
  type ServiceVersion,
  type VersionUpdate,
} from '@slipway/contract'
import type { ResourceTransaction } from '../store/resource-store.ts'
import {
  changeSpec,
  exactImage,
  noVersion,
  readService,
  removeService,
  type Place,
} from './change-service.ts'
import { findVersion, type ServiceResource } from './service-document.ts'
import { changedVersionSettings, invalid, refuseUnsupported, type Abilities } from './settings-rules.ts'

export interface VersionCreation {
  place: Place
  body: NewVersion
  ifRevision: number | undefined
  abilities: Abilities
}

export async function createVersion(tx: ResourceTransaction, creation: VersionCreation): Promise<Operation> {
  const { place, body, ifRevision, abilities } = creation
  const { name, isDefault, type, ...wish } = body
  if (isDefault) refuseShares(sharesGiven(body))
  refuseUnsupported(wish.settings, abilities)
  const { spec: before } = await readService(tx, place)
  if (findVersion(before, name)) {
    throw new ApiError('conflict', `the service ${place.name} already has a version ${name}`, {
      hint: `Change it: slipway service version update ${place.name} ${name}`,
    })
  }
  const image = await exactImage(tx, place, wish.image)
  const added = { ...before, versions: { ...before.versions, [name]: { ...wish, image } } }
  const spec = withRole(added, name, { isDefault, type: type === 'Control' ? type : undefined })
  checkVersions(spec)
  return changeSpec(tx, { place, spec, ifRevision, action: 'version-create', serviceVersion: name })
}

export interface VersionChange {
  place: Place
  version: string
  body: VersionUpdate
  ifRevision: number | undefined
  abilities: Abilities
}

export async function updateVersion(tx: ResourceTransaction, change: VersionChange): Promise<Operation> {
  const { place, version: name, body, ifRevision, abilities } = change
  const { spec: before } = await readService(tx, place)
  const version = findVersion(before, name)
  if (!version) throw noVersion(place.name, name)
  refuseImpossible(version, body)
  const changed = await changedVersion(tx, place, { version, body })
  refuseUnsupported(changed.settings, abilities)
  const spec = withRole(withVersion(before, name, changed), name, body)
  checkVersions(spec)
  return changeSpec(tx, { place, spec, ifRevision, action: 'version-update', serviceVersion: name })
}

/** Errors: `invalid` for what cannot be said of this version. */
function refuseImpossible(version: NamedVersion, body: VersionUpdate): void {
  if (version.isDefault || body.isDefault === true) refuseShares(body)
  if (version.isDefault && body.isDefault === false)
    throw invalid([
      { path: 'body.isDefault', message: 'must be true: make another version the default instead' },
    ])
  if (version.type === 'Control' && body.type === 'Treatment')
    throw invalid([
      { path: 'body.type', message: 'must be Control: make another version the control instead' },
    ])
}

/** A new version has none unless given. */
function sharesGiven({ trafficPercent, shadowPercent }: NewVersion): Shares {
  return {
    ...(trafficPercent > 0 && { trafficPercent }),
    ...(shadowPercent > 0 && { shadowPercent }),
  }
}

type Shares = Pick<VersionUpdate, 'trafficPercent' | 'shadowPercent'>

function refuseShares(body: Shares): void {
  const message = 'is not for the default version, which answers what the others leave'
  for (const field of ['trafficPercent', 'shadowPercent'] as const)
    if (body[field] !== undefined) throw invalid([{ path: `body.${field}`, message }])
}

async function changedVersion(
  tx: ResourceTransaction,
  place: Place,
  { version, body }: { version: NamedVersion; body: VersionUpdate },
): Promise<ServiceVersion> {
  const { trafficPercent, shadowPercent } = { ...version, ...defined(body) }
  const description = body.description === undefined ? version.description : body.description
  const sampleRequest = body.sampleRequest === undefined ? version.sampleRequest : body.sampleRequest
  return {
    image: body.image === undefined ? version.image : await exactImage(tx, place, body.image),
    settings: changedVersionSettings(version.settings, body.settings ?? {}),
    trafficPercent,
    shadowPercent,
    ...(typeof description === 'string' && { description }),
    ...(typeof sampleRequest === 'string' && { sampleRequest }),
  }
}

function defined({ trafficPercent, shadowPercent }: VersionUpdate) {
  return {
    ...(trafficPercent !== undefined && { trafficPercent }),
    ...(shadowPercent !== undefined && { shadowPercent }),
  }
}

function withVersion(spec: ServiceSpec, name: string, version: ServiceVersion): ServiceSpec {
  return name === spec.versionName
    ? asDefault(spec, name, version)
    : { ...spec, versions: { ...spec.versions, [name]: version } }
}

/** Makes a version the default one, or the control. */
function withRole(
  spec: ServiceSpec,
  name: string,
  { isDefault, type }: Pick<VersionUpdate, 'isDefault' | 'type'>,
): ServiceSpec {
  const typed = type === 'Control' ? { ...spec, controlVersion: name } : spec
  if (isDefault !== true || name === spec.versionName) return typed
  const { [name]: promoted, ...others } = typed.versions
  const former = versionsOf(typed).find((version) => version.isDefault)
  if (!promoted || !former) throw noVersion(spec.versionName, name)
  const control = typed.controlVersion ?? typed.versionName
  const versions = { ...others, [former.name]: demoted(former) }
  return { ...asDefault({ ...typed, versions }, name, promoted), controlVersion: control }
}

/** What was the default answers nothing any more, and stays to go back to. */
function demoted({ image, settings, description, sampleRequest }: NamedVersion): ServiceVersion {
  return {
    image,
    settings,
    trafficPercent: 0,
    shadowPercent: 0,
    ...(description !== undefined && { description }),
    ...(sampleRequest !== undefined && { sampleRequest }),
  }
}

function asDefault(spec: ServiceSpec, versionName: string, version: ServiceVersion): ServiceSpec {
  const { sampleRequest: _, versionDescription: __, ...rest } = spec
  const { image, settings, description: said, sampleRequest } = version
  return {
    ...rest,
    versionName,
    image,
    settings: { ...sharedSettingsOf(spec.settings), ...settings },
    ...(said !== undefined && { versionDescription: said }),
    ...(sampleRequest !== undefined && { sampleRequest }),
  }
}

/** Errors: `invalid` for too many versions, or shares that do not fit. */
function checkVersions({ versions }: ServiceSpec): void {
  const count = Object.keys(versions).length + 1
  if (count > maxVersions)
    throw invalid([
      { path: 'body.name', message: `would be version ${count}: a service has at most ${maxVersions}` },
    ])
  const left = percentLeft(Object.values(versions))
  if (left < 0) {
    const message = `would make ${100 - left} percent of all versions: they must not exceed 100`
    throw invalid([{ path: 'body.trafficPercent', message }])
  }
}

export interface VersionRemoval {
  place: Place
  version: string
  ifRevision: number | undefined
}

/** The last version goes with its service. */
export async function removeVersion(tx: ResourceTransaction, removal: VersionRemoval): Promise<Operation> {
  const { place, version: name, ifRevision } = removal
  const service = await readService(tx, place)
  if (!findVersion(service.spec, name)) throw noVersion(place.name, name)
  const { [name]: _, ...versions } = service.spec.versions
  refuseNeeded(service, name)
  if (name === service.spec.versionName) return removeService(tx, place, ifRevision)
  const { controlVersion = service.spec.versionName, ...rest } = service.spec
  const spec = { ...rest, versions, ...(controlVersion !== name && { controlVersion }) }
  return changeSpec(tx, { place, spec, ifRevision, action: 'version-delete', serviceVersion: name })
}

/** Errors: `conflict` while the others need this version. */
function refuseNeeded({ name: service, spec, status }: ServiceResource, name: string): void {
  const others = Object.keys(spec.versions)
  if (name === spec.versionName && others.length > 0) {
    throw new ApiError(
      'conflict',
      `${name} is the default version of ${service}, which has others: ${others.join(', ')}`,
      {
        hint: `Make another one the default first: slipway service version update ${service} ${others[0]} --default true`,
      },
    )
  }
  if (name !== spec.versionName && name === status.defaultVersion) {
    throw new ApiError('conflict', `${name} answers for ${spec.versionName}, which is not ready yet`, {
      hint: `See what it waits for: slipway why ${service}`,
    })
  }
}
