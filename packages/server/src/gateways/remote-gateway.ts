/** What the API knows of one gateway that runs apart, from its last reports. */
import type { GatewayReport } from '@slipway/contract'
import { RemoteLoad } from './remote-load.ts'

export type ReportedStats = GatewayReport['stats'][string]

export class RemoteGateway {
  readonly name: string
  readonly load = new RemoteLoad()
  /** By prefix and version. */
  readonly stats = new Map<string, ReportedStats>()
  #heard = 0
  #unsettled: ReadonlySet<string> = new Set()
  #connections = 0
  #lastSequence: number | undefined

  constructor(name: string) {
    this.name = name
  }

  get connections(): number {
    return this.#connections
  }

  /** Whether a report came from it yet. */
  get hasReported(): boolean {
    return this.#lastSequence !== undefined
  }

  /** Whether that change holds there from the next request on. */
  hasHeard(revision: number): boolean {
    return this.#heard >= revision
  }

  /** Whether all replicas that the route lists by then are connected, and all others have drained. */
  hasSettled(prefix: string, revision: number): boolean {
    return this.hasHeard(revision) && !this.#unsettled.has(prefix)
  }

  /** Gives false for one that came before, and whose reply was lost: its lines are written already. */
  take(report: GatewayReport, { epoch, nowMs }: { epoch: string; nowMs: number }): boolean {
    const isNew = this.#lastSequence === undefined || report.sequence > this.#lastSequence
    this.#lastSequence = report.sequence
    this.#heard = report.epoch === epoch ? report.heard : 0
    this.#unsettled = new Set(report.unsettled)
    this.#connections = report.connections
    this.load.take(report, nowMs)
    for (const [prefix, versions] of Object.entries(report.stats)) this.stats.set(prefix, versions)
    return isNew
  }

  /** The service is gone. */
  forget(prefix: string): void {
    this.load.forget(prefix)
    this.stats.delete(prefix)
  }
}
