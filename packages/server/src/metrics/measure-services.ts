/** Measures services and gateways: which number of theirs is which metric. */
import type { VersionStats } from '@slipway/scoring'
import type { Measure } from './metrics.ts'

/** A version of a service as one gateway counted it. */
export interface CountedVersion {
  gateway: string
  workspace: string
  service: string
  version: string
  stats: VersionStats
  busySeconds: number
  waitSeconds: number
}

/** A version of a service as its reconciler sees it. */
export interface SeenVersion {
  workspace: string
  service: string
  version: string
  ready: number
  wanted: number
}

export function measureCounted(measure: Measure, counted: CountedVersion): void {
  const { stats, busySeconds, waitSeconds, ...labels } = counted
  for (const [status, count] of Object.entries(stats.answered)) {
    measure('slipway_requests_total', { ...labels, status }, count)
  }
  measure('slipway_requests_abandoned_total', labels, stats.abandoned)
  measure('slipway_requests_refused_total', labels, stats.refused)
  measure('slipway_requests_redispatched_total', labels, stats.redispatched)
  measure('slipway_run_seconds_total', labels, stats.runMs / 1_000)
  measure('slipway_queue_wait_seconds_total', labels, waitSeconds)
  measure('slipway_replica_busy_seconds_total', labels, busySeconds)
  measure('slipway_requests_waiting', labels, stats.queued)
  measure('slipway_requests_in_flight', labels, stats.inFlight)
  measure('slipway_replicas_connected', labels, stats.readyReplicas)
  measure('slipway_replicas_lost_total', labels, stats.lostReplicas)
  for (const [result, count] of Object.entries(stats.shadow)) {
    measure('slipway_shadow_requests_total', { ...labels, result }, count)
  }
}

export function measureSeen(measure: Measure, { ready, wanted, ...labels }: SeenVersion): void {
  measure('slipway_replicas_ready', labels, ready)
  measure('slipway_replicas_wanted', labels, wanted)
}
