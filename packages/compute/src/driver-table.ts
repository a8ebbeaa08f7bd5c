/** Which drivers there are, by the kind of compute target they serve. */
import type { ReplicaDriver } from './driver.ts'
import { createMemoryDriver, type MemoryDriverOptions } from './memory/memory-driver.ts'
import { createProcessDriver, type ProcessDriverOptions } from './process/process-driver.ts'

/** Each kind of target, and what its driver has to be given. */
export interface DriverOptions {
  process: ProcessDriverOptions
  memory: MemoryDriverOptions
}

export type TargetKind = keyof DriverOptions

/** One factory per kind: a kind added without a driver does not compile. */
export type DriverTable = {
  readonly [K in TargetKind]: (options: DriverOptions[K]) => Promise<ReplicaDriver>
}

export const drivers: DriverTable = {
  process: createProcessDriver,
  memory: async (options) => createMemoryDriver(options),
}
