/** The process driver keeps the promises of a driver, with cgroups and without, and with the real worker. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { replicaDriverConformance } from '../src/conformance.ts'
import { aWorkload, bareWorker, noCgroups, openHarness, type HarnessOptions } from './process-harness.ts'

const realWorker = path.resolve(import.meta.dirname, '../../../python/worker/main.py')

const variants: (HarnessOptions & { name: string })[] = [
  { name: 'process, with what this host enforces', workerMain: bareWorker },
  { name: 'process, without cgroups', workerMain: bareWorker, limits: noCgroups },
]

for (const variant of variants) conformance(variant)

describe.skipIf(!existsSync(realWorker))('with the worker of Slipway (needs python/worker)', () => {
  conformance({ name: 'process', workerMain: realWorker })
})

function conformance({ name, ...options }: HarnessOptions & { name: string }): void {
  replicaDriverConformance({
    name,
    async open() {
      const harness = await openHarness(options)
      onTestFinished(() => rm(harness.dir, { recursive: true, force: true }))
      return {
        driver: harness.driver,
        workload: aWorkload,
        crash: ({ pid }) => pid !== undefined && process.kill(pid, 'SIGKILL'),
        held: harness.held,
      }
    },
  })
}
