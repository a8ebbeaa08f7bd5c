/** Every metric of Slipway’s own: what is exposed and the reference page derive from this table. */

export interface MetricRow {
  kind: 'counter' | 'gauge'
  help: string
  labels: readonly string[]
}

/** Of a service. */
const version = ['workspace', 'service', 'version'] as const

/** Of a service, in one gateway; the one of the process that you ask is called `local`. */
const seen = ['gateway', ...version] as const

export const metricTable = {
  slipway_build_info: {
    kind: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
  },
  slipway_requests_total: {
    kind: 'counter',
    help: 'Scoring requests answered, by HTTP status. Those refused before a version was chosen count for the default one.',
    labels: [...seen, 'status'],
  },
  slipway_requests_abandoned_total: {
    kind: 'counter',
    help: 'Scoring requests whose client left before the answer.',
    labels: seen,
  },
  slipway_requests_refused_total: {
    kind: 'counter',
    help: 'Scoring requests that found no room in the queue, or waited too long in it.',
    labels: seen,
  },
  slipway_requests_redispatched_total: {
    kind: 'counter',
    help: 'Scoring requests given to another replica, because theirs went away before it began them.',
    labels: seen,
  },
  slipway_run_seconds_total: {
    kind: 'counter',
    help: 'Time spent in the run function of scripts.',
    labels: seen,
  },
  slipway_queue_wait_seconds_total: {
    kind: 'counter',
    help: 'Time for which scoring requests waited for a free replica.',
    labels: seen,
  },
  slipway_replica_busy_seconds_total: {
    kind: 'counter',
    help: 'Time for which replicas had something to do, summed over them: what the autoscaler decides by.',
    labels: seen,
  },
  slipway_requests_waiting: {
    kind: 'gauge',
    help: 'Scoring requests that wait for a free replica now.',
    labels: seen,
  },
  slipway_requests_in_flight: {
    kind: 'gauge',
    help: 'Scoring requests that replicas have now.',
    labels: seen,
  },
  slipway_replicas_connected: {
    kind: 'gauge',
    help: 'Replicas that the gateway is connected to and that take requests now.',
    labels: seen,
  },
  slipway_replicas_lost_total: {
    kind: 'counter',
    help: 'Replicas that went away without having been taken out of service.',
    labels: seen,
  },
  slipway_shadow_requests_total: {
    kind: 'counter',
    help: 'Copies of requests given to a version in the shadow, by what came of it: same, different, failed, or sent for all.',
    labels: [...seen, 'result'],
  },
  slipway_replicas_ready: {
    kind: 'gauge',
    help: 'Replicas that are ready.',
    labels: version,
  },
  slipway_replicas_wanted: {
    kind: 'gauge',
    help: 'Replicas that are wanted, by the setting or by the autoscaler.',
    labels: version,
  },
  slipway_autoscale_decisions_total: {
    kind: 'counter',
    help: 'Decisions of the autoscaler that changed the number of replicas, by direction: up or down.',
    labels: [...version, 'direction'],
  },
  slipway_gateway_connections: {
    kind: 'gauge',
    help: 'Connections of clients that the gateway has now.',
    labels: ['gateway'],
  },
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof metricTable

/** Values by label. */
export type LabelsOf<Name extends MetricName> = Record<(typeof metricTable)[Name]['labels'][number], string>
