/** Reads services that were stored before services had versions. */
import {
  ServiceSpec,
  VersionSettings,
  versionSettingsOf,
  ServiceSettings,
  type Revision,
  type VersionStatus,
} from '@slipway/contract'
import type { Resource } from '../store/resource-store.ts'
import { unseenVersion, type ServiceResource, type StoredStatus } from './service-document.ts'

/** What stood in the status of a service that had one version without a name. */
interface EarlierStatus extends Omit<StoredStatus, 'versions'> {
  serving?: Revision
  history: Revision[]
}

/** A service out of the store, as it is written today. */
export function serviceOf(document: Resource): ServiceResource {
  const { status } = document as Resource<unknown, StoredStatus | EarlierStatus>
  // Services are written as they are read: what has versions was checked when it came in.
  if ('versions' in status) return document as ServiceResource
  const spec = ServiceSpec.parse(document.spec)
  const { serving, history, ...rest } = status
  const version: VersionStatus = {
    ...unseenVersion,
    state: rest.state,
    ...(serving && { serving: revisionOf(serving), deployed: true }),
    history: history.map(revisionOf),
  }
  return { ...document, spec, status: { ...rest, versions: { [spec.versionName]: version } } }
}

function revisionOf(revision: Revision): Revision {
  const settings = versionSettingsOf(ServiceSettings.parse(revision.settings))
  return { ...revision, settings: VersionSettings.parse(settings) }
}
