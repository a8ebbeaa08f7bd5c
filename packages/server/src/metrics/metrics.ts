/** Exposes what is known elsewhere as metrics, in the text format of Prometheus; nothing is counted here. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { metricTable, type LabelsOf, type MetricName, type MetricRow } from './metric-table.ts'

/** Sets a metric, or adds to what was set under the same labels. */
export type Measure = <Name extends MetricName>(name: Name, labels: LabelsOf<Name>, value: number) => void

export interface Metrics {
  /** All metrics as they are now. */
  text(): Promise<string>
}

/** `measureAll` is called each time somebody asks, and measures everything there is. */
export function createMetrics(measureAll: (measure: Measure) => Promise<void>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const rows = Object.entries<MetricRow>(metricTable)
  const metrics = new Map(rows.map(([name, row]) => [name, createMetric(registry, name, row)]))
  let asked: Promise<unknown> = Promise.resolve()
  const collect = async () => {
    for (const metric of metrics.values()) metric.reset()
    await measureAll((name, labels, value) => metrics.get(name)?.inc(labels, value))
    return await registry.metrics()
  }
  return {
    // One after the other: all share the same metrics.
    text() {
      const text = asked.then(collect)
      asked = text.catch(() => undefined)
      return text
    },
  }
}

function createMetric(registry: Registry, name: string, { kind, help, labels }: MetricRow): Counter | Gauge {
  const settings = { name, help, labelNames: labels, registers: [registry] }
  return kind === 'counter' ? new Counter(settings) : new Gauge(settings)
}
