/** What gateways have counted, version by version. */
import type { ServiceRoute, VersionLoad, VersionStats } from '@slipway/scoring'

export interface GatewayCounts {
  /** `local` for the one in this process. */
  gateway: string
  connections: number
  versions: VersionCounts[]
}

export interface VersionCounts {
  prefix: string
  version: string
  stats: VersionStats
  /** Time for which replicas had something to do. */
  busySeconds: number
  /** Time for which calls waited for a free replica. */
  waitSeconds: number
}

/** What one gateway knows of a service; undefined where it does not know it. */
export interface Counting {
  stats(prefix: string): Readonly<Record<string, VersionStats>> | undefined
  load(prefix: string): Readonly<Record<string, VersionLoad>> | undefined
}

export function countsOf(routes: readonly ServiceRoute[], counting: Counting): VersionCounts[] {
  return routes.flatMap(({ prefix, versions }) => {
    const [allStats, loads] = [counting.stats(prefix), counting.load(prefix)]
    return versions.flatMap(({ name: version, maxConcurrentPerReplica }) => {
      const [stats, load] = [allStats?.[version], loads?.[version]]
      if (!stats || !load) return []
      const waitSeconds = load.queuedSeconds * maxConcurrentPerReplica
      return [{ prefix, version, stats, busySeconds: load.busySeconds, waitSeconds }]
    })
  })
}
