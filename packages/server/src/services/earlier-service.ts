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

/** A service out of the store, as it is written today; spec and status may have been written at different times. */
export function serviceOf(document: Resource): ServiceResource {
  const { spec: stored, status } = document as Resource<object, StoredStatus | EarlierStatus>
  // Services are written as they are read: what has versions was checked when it came in.
  const spec = 'versions' in stored ? (stored as ServiceSpec) : ServiceSpec.parse(stored)
  return { ...document, spec, status: 'versions' in status ? status : statusOf(status, spec) }
}

function statusOf({ serving, history, ...rest }: EarlierStatus, { versionName }: ServiceSpec): StoredStatus {
  const version: VersionStatus = {
    ...unseenVersion,
    state: rest.state,
    ...(serving && { serving: revisionOf(serving), deployed: true }),
    history: history.map(revisionOf),
  }
  return { ...rest, versions: { [versionName]: version } }
}

function revisionOf(revision: Revision): Revision {
  const settings = versionSettingsOf(ServiceSettings.parse(revision.settings))
  return { ...revision, settings: VersionSettings.parse(settings) }
}
