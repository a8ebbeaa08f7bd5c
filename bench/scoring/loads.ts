/** The loads that are put on a running server, and one measurement of one of them. */
import type { Started, Work } from './contenders/contender.ts'
import { maxForeignCores, rest, watchOthers } from './load/idle.ts'
import { treeCpuUs } from './load/process-tree.ts'
import { runWrk } from './load/wrk.ts'
import type { LoadSample } from './measurements.ts'

export interface Load {
  name: string
  scenario: 'throughput' | 'burn' | 'large'
  work: Work
  connections: number
}

const mebibyte = 1_048_576

export const loads: readonly Load[] = [
  { name: 'c=1', scenario: 'throughput', work: { kind: 'numbers' }, connections: 1 },
  { name: 'c=32', scenario: 'throughput', work: { kind: 'numbers' }, connections: 32 },
  { name: 'run 1 ms', scenario: 'burn', work: { kind: 'burn', ms: 1 }, connections: 32 },
  { name: 'run 20 ms', scenario: 'burn', work: { kind: 'burn', ms: 20 }, connections: 32 },
  { name: '1 MiB', scenario: 'large', work: { kind: 'large', sizeBytes: mebibyte }, connections: 4 },
]

const warmUpSeconds = 1
/** A measurement that others disturbed is taken again, as often as this. */
const maxAttempts = 3

export type LoadResults = Omit<LoadSample, 'contender' | 'load' | 'round'>

export interface LoadOptions {
  seconds: number
  /** Longest wait for an idle machine; 0: the first measurement counts, whatever others do. */
  restMs: number
}

/** Warms the server up and measures it while the rest of the machine is idle; the least disturbed of three where it never is. */
export async function measureLoad(
  server: Started,
  load: Load,
  { seconds, restMs }: LoadOptions,
): Promise<LoadResults> {
  const { connections } = load
  await runWrk(server.request(load.work), { connections, seconds: warmUpSeconds })
  await rest(restMs)
  let best = await measureOnce(server, load, seconds)
  const isDisturbed = () => restMs > 0 && best.foreignCores > maxForeignCores
  for (let again = 1; again < maxAttempts && isDisturbed(); again += 1) {
    await rest(restMs)
    const results = await measureOnce(server, load, seconds)
    if (results.foreignCores < best.foreignCores) best = results
  }
  return best
}

async function measureOnce(server: Started, load: Load, seconds: number): Promise<LoadResults> {
  const foreignCores = await watchOthers()
  const cpuBeforeUs = await treeCpuUs(server.pid)
  const result = await runWrk(server.request(load.work), { connections: load.connections, seconds })
  const cpuUs = (await treeCpuUs(server.pid)) - cpuBeforeUs
  return {
    requestsPerSecond: (result.requests / result.durationUs) * 1e6,
    p50Ms: result.p50Us / 1_000,
    p99Ms: result.p99Us / 1_000,
    cpuUsPerRequest: cpuUs / result.requests,
    errors: result.errors,
    foreignCores: await foreignCores(),
  }
}
