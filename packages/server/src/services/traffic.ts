/** Which share of the requests each version is given now: a version without a replica leaves its share to the default one. */
import { type NamedVersion, type Revision } from '@slipway/contract'
import type { Plan, SeenReplica } from './plan.ts'
import type { RoutedVersion } from './routes.ts'
import type { ServiceResource } from './service-document.ts'
import { mayRest } from './wanted-replicas.ts'

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
  const given = versions.reduce((sum, version) => sum + version.trafficPercent, 0)
  return versions.map((version) =>
    version.isDefault ? { ...version, trafficPercent: Math.max(0, 100 - given) } : version,
  )
}

/** That of the spec once it serves; until then the one of before, if it is still there. */
function defaultVersion({ spec, status }: ServiceResource, found: readonly Server[]): string {
  const wanted = found.find(({ version }) => version.isDefault)
  const before = found.find(({ version }) => version.name === status.defaultVersion)
  return wanted?.serving || !before ? spec.versionName : before.version.name
}

function routed({ version, serving, servers, plan }: Server, defaultName: string): RoutedVersion {
  const settings = serving?.settings ?? version.settings
  const isDefault = version.name === defaultName
  const wakes = serving !== undefined && mayRest(settings) && plan.error === undefined
  const takesCalls = serving !== undefined && (wakes || servers.some(({ phase }) => phase === 'ready'))
  return {
    name: version.name,
    isDefault,
    // The share of the default version follows from the others.
    trafficPercent: takesCalls && !isDefault && !version.isDefault ? version.trafficPercent : 0,
    shadowPercent: takesCalls && !isDefault ? version.shadowPercent : 0,
    settings,
    servers,
    wakes,
  }
}
