/** Keeps others' work on the machine out of the figures: waits for rest, and says how much there was meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import { machineCpuUs, treeCpuUs } from './process-tree.ts'

/** Cores that others may use while a figure is taken. */
export const maxForeignCores = 0.12

/** Measures, from now on, how many cores those use who are not part of this program. */
export async function watchOthers(): Promise<() => Promise<number>> {
  const before = await look()
  return async () => {
    const after = await look()
    const foreignUs = after.machineUs - before.machineUs - (after.ownUs - before.ownUs)
    return Math.max(0, foreignUs / ((after.atMs - before.atMs) * 1_000))
  }
}

/** Resolves once the machine is at rest; false when it was not within `deadlineMs`. */
export async function rest(deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs
  while (performance.now() < end) {
    const foreignCores = await watchOthers()
    await pause(300)
    if ((await foreignCores()) <= maxForeignCores) return true
  }
  return false
}

/** All that is measured here is started by this process, and so belongs to its tree. */
async function look(): Promise<{ machineUs: number; ownUs: number; atMs: number }> {
  const [machineUs, ownUs] = await Promise.all([machineCpuUs(), treeCpuUs(process.pid)])
  return { machineUs, ownUs, atMs: performance.now() }
}
