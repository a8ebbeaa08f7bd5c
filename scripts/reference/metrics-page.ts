/** The page of metrics: name, type, labels, meaning. */
import { metricTable, type MetricRow } from '../../packages/server/src/metrics/metric-table.ts'
import { blocks, code, table } from './markdown.ts'

export function metricsPage(): string {
  const rows = Object.entries<MetricRow>(metricTable).map(([name, { kind, labels, help }]) => [
    code(name),
    kind,
    labels.map(code).join(', '),
    help,
  ])
  return blocks('# Metrics', introduction, table(['metric', 'type', 'labels', 'meaning'], rows), process)
}

const introduction =
  '`GET /metrics` on the management port answers in the text format of Prometheus, to who has the token of the API; [running Slipway](../guide/operations.md#metrics) has the lines for its configuration. Counters begin anew when the process that counts starts anew; those of a service also when it is deleted. `gateway` is `local` for the gateway in the process that you ask, and the name of each that runs apart.'

const process =
  'Besides these there are the usual ones of the process: `process_…` (CPU, memory, open files) and `nodejs_…` (event loop, heap, garbage collection).'
