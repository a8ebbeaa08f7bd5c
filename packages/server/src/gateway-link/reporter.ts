/** Tells the API what a gateway sees: at once when something happens, and every half second in any case. */
import { once } from 'node:events'
import type { GatewayLine, GatewayReport } from '@slipway/contract'
import type { Gateway } from '@slipway/scoring'
import { Pulse } from '../store/pulse.ts'
import type { ApiConnection } from './api-connection.ts'
import { LineBuffer } from './line-buffer.ts'
import { ReportChanges } from './report-changes.ts'
import type { RouteKeeper } from './route-keeper.ts'

const reportEveryMs = 500

/** Of the last reports: whoever stops does not wait long for an API that is away. */
const lastReportsMs = 2_000

type Waiting = GatewayReport['waiting'][number]

export interface ReporterOptions {
  api: Pick<ApiConnection, 'report'>
  gateway: Pick<Gateway, 'stats' | 'load' | 'connections'>
  keeper: Pick<RouteKeeper, 'progress' | 'routes'>
  identity: { instance: string; name: string }
  /** Called with the first failure of each row. */
  onLost(error: unknown): void
}

export class Reporter {
  readonly #options: ReporterOptions
  readonly #lines = new LineBuffer()
  readonly #waiting = new Map<string, Waiting>()
  readonly #loads = new ReportChanges<GatewayReport['loads'][string][string]>()
  readonly #stats = new ReportChanges<GatewayReport['stats'][string][string]>()
  readonly #news = new Pulse()
  readonly #stopping = new AbortController()
  #sequence = 0
  #isFailing = false
  #running: Promise<void> | undefined

  constructor(options: ReporterOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal)
  }

  /** Something is worth telling at once. */
  tellSoon(): void {
    this.#news.beat()
  }

  addLine(line: GatewayLine): void {
    this.#lines.add(line)
  }

  addWaiting(call: Waiting): void {
    this.#waiting.set(JSON.stringify(call), call)
    this.#news.beat()
  }

  /** Tells the last things, and that the gateway leaves. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the gateway stops'))
    await this.#running
    const signal = AbortSignal.timeout(lastReportsMs)
    let isHeard = true
    while (isHeard && !this.#lines.isEmpty) isHeard = await this.#send({ leaving: false, signal })
    await this.#send({ leaving: true, signal })
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const seen = this.#news.count
      await this.#send({ leaving: false, signal })
      const tick = AbortSignal.any([signal, AbortSignal.timeout(reportEveryMs)])
      // While the API is away, news wait as well: nobody is there to hear them.
      await (this.#isFailing ? over(tick) : this.#news.changedSince(seen, tick))
    }
  }

  /** Whether it has reached the API. */
  async #send({ leaving, signal }: { leaving: boolean; signal: AbortSignal }): Promise<boolean> {
    const waiting = [...this.#waiting.values()]
    try {
      const receipt = await this.#options.api.report(this.#report({ leaving, waiting }), signal)
      this.#confirm(receipt, waiting)
      return true
    } catch (error) {
      if (!signal.aborted && !this.#isFailing) this.#options.onLost(error)
      this.#isFailing = true
      return false
    }
  }

  #report({ leaving, waiting }: Pick<GatewayReport, 'leaving' | 'waiting'>): GatewayReport {
    const { gateway, keeper, identity } = this.#options
    const { lines, dropped } = this.#lines.batch()
    const prefixes = keeper.routes.map(({ prefix }) => prefix)
    return {
      ...identity,
      ...keeper.progress,
      sequence: this.#sequence,
      clockMs: performance.now(),
      loads: this.#loads.select(
        Object.fromEntries(prefixes.map((prefix) => [prefix, gateway.load(prefix) ?? {}])),
      ),
      stats: this.#stats.select(
        Object.fromEntries(prefixes.map((prefix) => [prefix, gateway.stats(prefix)?.versions ?? {}])),
      ),
      connections: gateway.connections,
      waiting,
      lines: [...lines],
      droppedLines: dropped,
      leaving,
    }
  }

  #confirm(receipt: { isKnown: boolean }, waiting: readonly Waiting[]): void {
    this.#isFailing = false
    this.#sequence += 1
    this.#lines.confirm()
    this.#loads.confirm(receipt)
    this.#stats.confirm(receipt)
    for (const call of waiting) this.#waiting.delete(JSON.stringify(call))
    if (!this.#lines.isEmpty) this.#news.beat()
  }
}

async function over(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
