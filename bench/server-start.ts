/** How long `slipway serve` takes to be ready, and how much memory it holds then. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { startServer } from '../scripts/quickstart/server-process.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { timeMs } from './timing.ts'

const runs = 7

export async function serverStart({ folder, projectDir }: Bench): Promise<Figure[]> {
  const fresh: number[] = []
  const again: number[] = []
  const memory: number[] = []
  for (let run = 0; run <= runs; run += 1) {
    const data = path.join(folder, String(run))
    const first = await startOnce(projectDir, data)
    const second = await startOnce(projectDir, data)
    // The first round warms the compile cache and counts for nothing.
    if (run === 0) continue
    fresh.push(first.ms)
    again.push(second.ms)
    memory.push(second.megabytes)
  }
  return [
    { what: 'serve ready, new data folder', unit: 'ms', runs: fresh, bar: 700 },
    { what: 'serve ready, data folder of before', unit: 'ms', runs: again, bar: 700 },
    { what: 'memory of serve when ready', unit: 'MB', runs: memory, bar: 120 },
  ]
}

async function startOnce(projectDir: string, data: string): Promise<{ ms: number; megabytes: number }> {
  let server: Awaited<ReturnType<typeof startServer>> | undefined
  const ms = await timeMs(async () => {
    server = await startServer(projectDir, data)
  })
  const status = await readFile(`/proc/${server?.pid}/status`, 'utf8')
  await server?.stop()
  return { ms, megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024 }
}
