/** Counts the decisions of the autoscaler since this process has started. */
import type { Measure } from './metrics.ts'

export interface CountedDecision {
  workspace: string
  service: string
  version: string
  direction: 'up' | 'down'
}

export class DecisionCounts {
  readonly #counts = new Map<string, { labels: CountedDecision; count: number }>()

  add(labels: CountedDecision): void {
    const key = JSON.stringify(Object.values(labels))
    const known = this.#counts.get(key) ?? { labels, count: 0 }
    this.#counts.set(key, { ...known, count: known.count + 1 })
  }

  measure(measure: Measure): void {
    for (const { labels, count } of this.#counts.values()) {
      measure('slipway_autoscale_decisions_total', { ...labels }, count)
    }
  }
}
