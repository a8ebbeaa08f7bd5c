/** Compute targets: what a driver promises, and the drivers there are. */
export * from './driver.ts'
export { drivers } from './driver-table.ts'
export type { DriverOptions, DriverTable } from './driver-table.ts'
export { createMemoryDriver } from './memory/memory-driver.ts'
export type { Behaviour, MemoryDriver, MemoryDriverOptions } from './memory/memory-driver.ts'
export { createProcessDriver } from './process/process-driver.ts'
export type { ProcessDriverOptions } from './process/process-driver.ts'
export type { CgroupRoot, HostLimits } from './process/host-limits.ts'
