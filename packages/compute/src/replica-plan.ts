/** Decides which replicas of one workload to start and which to stop. */
import type { ReplicaStatus, Workload } from './driver.ts'

export interface ReplicaPlan {
  /** How many replicas to start. */
  start: number
  /** Ids of the replicas to stop. */
  stop: string[]
}

/** The steps from what is `observed` (oldest first) to what is wanted; no workload means none is wanted. */
export function planReplicas(
  workload: Pick<Workload, 'generation' | 'replicas'> | undefined,
  observed: readonly ReplicaStatus[],
): ReplicaPlan {
  const live = observed.filter((replica) => replica.phase !== 'stopping')
  const current = live.filter((replica) => replica.generation === workload?.generation)
  const outdated = live.filter((replica) => replica.generation !== workload?.generation)
  const wanted = workload?.replicas ?? 0
  return {
    start: Math.max(0, wanted - current.length),
    stop: [...outdated.map(({ id }) => id), ...surplusReplicas(current, wanted)],
  }
}

/**
 * Ids of the replicas that go when a workload of this generation shrinks to `wanted`: failed before starting before
 * ready, and the newest first among equals. Who calls replicas asks here which to let go of before.
 */
export function surplusReplicas(observed: readonly ReplicaStatus[], wanted: number): string[] {
  const live = observed.filter((replica) => replica.phase !== 'stopping')
  return leastUsefulFirst(live)
    .slice(0, Math.max(0, live.length - wanted))
    .map(({ id }) => id)
}

const usefulness = { failed: 0, stopping: 1, starting: 2, ready: 3 } as const

/** Failed before starting before ready, and the newest first among equals. */
function leastUsefulFirst(replicas: readonly ReplicaStatus[]): ReplicaStatus[] {
  return replicas.toReversed().sort((a, b) => usefulness[a.phase] - usefulness[b.phase])
}
