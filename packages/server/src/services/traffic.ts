/** Which share of the requests each version is given now: a version without a replica leaves its share to the default one. */
import { percentLeft, type NamedVersion, type Revision } from '@slipway/contract'
import type { Plan, SeenReplica } from './plan.ts'
import type { RoutedVersion } from './routes.ts'
import type { ServiceResource } from './service-document.ts'
import { mayRest } from './wanted-replicas.ts'
import { sameWish } from './workload.ts'

/** What a look found of a version. */
export interface Server {
  version: NamedVersion
  serving: Revision | undefined
  servers: readonly SeenReplica[]
  plan: Pick<Plan, 'error'>
}

export function trafficOf(service: ServiceResource, found: readonly Server[]): RoutedVersion[] {
  const defaultName = defaultVersion(service, found)
  const versions = found.map((server) => routed(server, defaultName))
  const left = percentLeft(versions)
  return versions.map((version) => (version.isDefault ? { ...version, trafficPercent: left } : version))
}

/** That of the spec once it serves; until then the one of before, if it is still there. */
function defaultVersion({ spec, status }: ServiceResource, found: readonly Server[]): string {
  const wanted = found.find(({ version }) => version.isDefault)
  const before = found.find(({ version }) => version.name === status.defaultVersion)
  return wanted?.serving || !before ? spec.versionName : before.version.name
}

const nothing = { trafficPercent: 0, shadowPercent: 0 }

function routed(server: Server, defaultName: string): RoutedVersion {
  const { version, serving, servers } = server
  const isDefault = version.name === defaultName
  const wakes = wakesFromRest(server)
  const takesCalls = wakes || servers.some(({ phase }) => phase === 'ready')
  // The share of the default version follows from the others.
  const { trafficPercent, shadowPercent } = takesCalls && !isDefault ? version : nothing
  const settings = serving?.settings ?? version.settings
  return { name: version.name, isDefault, trafficPercent, shadowPercent, settings, servers, wakes }
}

/** What has never served, or cannot start any more, is not waited for. */
function wakesFromRest({ version, serving, plan }: Server): boolean {
  if (!serving || !mayRest(serving.settings)) return false
  const servesWhatFailed = plan.error !== undefined && sameWish(serving, version)
  return !servesWhatFailed
}
