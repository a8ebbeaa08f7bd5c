/** Adds up what several gateways say of one service. */
import type { VersionLoad, VersionStats } from '@slipway/scoring'

export type StatsByVersion = Readonly<Record<string, VersionStats>>

/** Numbers are added, in nested records too; of the replicas that are ready, the least counts. */
export function sumOf(all: readonly StatsByVersion[]): StatsByVersion {
  const versions = new Set(all.flatMap((one) => Object.keys(one)))
  const sums = [...versions].map((version) => {
    const known = all.flatMap((one) => one[version] ?? [])
    const readyReplicas = least(known.map((stats) => stats.readyReplicas))
    return [version, { ...known.reduce((sum, stats) => added(sum, stats)), readyReplicas }]
  })
  return Object.fromEntries(sums) as StatsByVersion
}

function added<Counts extends object>(one: Counts, other: Counts): Counts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  const sums = [...names].map((name) => {
    const [mine, theirs] = [Reflect.get(one, name) as unknown, Reflect.get(other, name) as unknown]
    if (typeof mine === 'object' && mine !== null) return [name, added(mine, theirs ?? {})]
    return [name, ((mine ?? 0) as number) + ((theirs ?? 0) as number)]
  })
  return Object.fromEntries(sums) as Counts
}

export interface LoadParts {
  /** Of each gateway; undefined where it does not know the service. */
  loads: readonly (Readonly<Record<string, VersionLoad>> | undefined)[]
  /** What gateways that are gone have added. */
  past: Readonly<Record<string, VersionLoad>> | undefined
}

const nothing: VersionLoad = { busySeconds: 0, queuedSeconds: 0, busy: 0, queued: 0, readyReplicas: 0 }

export function addLoads(
  versions: readonly string[],
  { loads, past }: LoadParts,
): Record<string, VersionLoad> {
  const sums = versions.map((version) => {
    const live = loads.map((one) => one?.[version] ?? nothing)
    const sum = (pick: (load: VersionLoad) => number) => live.reduce((total, load) => total + pick(load), 0)
    const before = past?.[version] ?? nothing
    const load: VersionLoad = {
      busySeconds: before.busySeconds + sum(({ busySeconds }) => busySeconds),
      queuedSeconds: before.queuedSeconds + sum(({ queuedSeconds }) => queuedSeconds),
      busy: sum(({ busy }) => busy),
      queued: sum(({ queued }) => queued),
      readyReplicas: least(live.map(({ readyReplicas }) => readyReplicas)),
    }
    return [version, load]
  })
  return Object.fromEntries(sums) as Record<string, VersionLoad>
}

function least(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : Math.min(...counts)
}
