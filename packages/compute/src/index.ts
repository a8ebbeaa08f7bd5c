/** Compute targets: what a driver promises, and the drivers there are. */
export * from './driver.ts'
