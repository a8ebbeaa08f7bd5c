/** Which driver serves which kind of compute target. */
import type { TargetKind } from '@slipway/contract'
import type { ReplicaDriver } from './driver.ts'
import { createProcessDriver, type ProcessDriverOptions } from './process/process-driver.ts'

/** What the driver of each kind has to be given. */
export interface DriverOptions extends Record<TargetKind, unknown> {
  process: ProcessDriverOptions
}

/** One factory per kind: a kind added to the contract without a driver does not compile. */
export type DriverTable = {
  readonly [K in TargetKind]: (options: DriverOptions[K]) => Promise<ReplicaDriver>
}

export const drivers: DriverTable = {
  process: createProcessDriver,
}
