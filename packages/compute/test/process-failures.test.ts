/** Scripts that fail, hang, crash or need too much: what the process driver says of them. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { allReady, untilReplicas } from '../src/conformance.ts'
import type { ReplicaStatus, Workload } from '../src/driver.ts'
import {
  aWorkload,
  hasFailed,
  noCgroups,
  openHarness,
  probeHost,
  type ProcessHarness,
} from './process-harness.ts'

let harness: ProcessHarness

beforeEach(async () => {
  harness = await openHarness()
})
afterEach(() => harness.close())

async function run(
  workload: Workload,
  { test, signal }: { test: (replicas: ReplicaStatus[]) => boolean; signal: AbortSignal },
): Promise<ReplicaStatus | undefined> {
  await harness.driver.apply(workload, signal)
  const [replica] = await untilReplicas(harness.driver, workload.id, { test, signal })
  return replica
}

test('an import that fails names the module and the step', async ({ signal }) => {
  const replica = await run(aWorkload('import-fails'), { test: hasFailed, signal })
  expect(replica).toMatchObject({
    step: 'import',
    failure: {
      reason: 'ImportFailed',
      message: "ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
      exitCode: 3,
    },
  })
  expect(replica?.failure?.traceback).toContain('import-fails.py')
  const printed = harness.logs.filter(({ stream }) => stream === 'stderr').map(({ text }) => text)
  expect(printed.join('\n')).toContain(replica?.failure?.traceback?.trimEnd())
})

test('an init that never returns fails at its deadline, with the line where it hangs', async ({ signal }) => {
  const workload = aWorkload('never-ready', { initTimeoutMs: 1_500 })
  const replica = await run(workload, { test: hasFailed, signal })
  expect(replica).toMatchObject({ step: 'init', failure: { reason: 'InitTimeout' } })
  expect(replica?.failure?.message).toContain('1.5 s')
  expect(replica?.failure?.traceback).toContain('wait_for_a_lock')
})

test('a script that ends its process in init is told from one that raises', async ({ signal }) => {
  const replica = await run(aWorkload('exits-in-init'), { test: hasFailed, signal })
  expect(replica?.failure).toEqual({
    reason: 'ExitedInInit',
    message: 'The script ended its process (exit code 5) in init().',
    traceback: 'cannot go on',
    exitCode: 5,
  })
})

test('a script that fails and leaves a thread behind is not waited for', async ({ signal }) => {
  const replica = await run(aWorkload('fails-with-thread'), { test: hasFailed, signal })
  expect(replica?.failure).toMatchObject({ reason: 'InitFailed', message: 'ValueError: gave up' })
  expect((await harness.held()).filter((name) => /^\d+$/.test(name))).toEqual([])
})

test('a worker that was ready once is started again for as long as its starts fail', async ({ signal }) => {
  const environment = { STARTED_FILE: path.join(harness.dir, 'started') }
  const workload = aWorkload('starts-once', { environment })
  const ready = await run(workload, { test: allReady(1), signal })
  process.kill(ready?.pid ?? 0, 'SIGKILL')
  const replica = await run(workload, { test: ([first]) => first?.restarts === 5, signal })
  expect(replica).toMatchObject({
    id: ready?.id,
    phase: 'starting',
    lastFailure: { reason: 'InitFailed', message: 'RuntimeError: started before' },
  })
  await rm(environment.STARTED_FILE)
  await run(workload, { test: allReady(1), signal })
  const announced = harness.logs.filter(({ stream, text }) => stream === 'system' && text.includes('again'))
  expect(announced.slice(0, 5).map(({ text }) => text.slice(text.indexOf('again')))).toEqual([
    'again in 0 ms',
    'again in 10 ms',
    'again in 20 ms',
    'again in 40 ms',
    'again in 80 ms',
  ])
})

test('a worker that starts again goes by the deadline that was applied last', async ({ signal }) => {
  const workload = aWorkload('ready')
  const ready = await run(workload, { test: allReady(1), signal })
  await harness.driver.apply({ ...workload, initTimeoutMs: 1 }, signal)
  process.kill(ready?.pid ?? 0, 'SIGKILL')
  const replica = await run(
    { ...workload, initTimeoutMs: 1 },
    { test: ([first]) => first?.restarts === 2, signal },
  )
  expect(replica?.lastFailure).toMatchObject({ reason: 'InitTimeout' })
  expect(replica?.lastFailure?.message).toContain('0.001 s')
})

test('an interpreter that is missing is a failed start, not an exception', async ({ signal }) => {
  const { bundle } = aWorkload('ready')
  const workload = aWorkload('ready', { bundle: { ...bundle, python: '/no/such/python' } })
  const replica = await run(workload, { test: hasFailed, signal })
  expect(replica).toMatchObject({ step: 'spawn', failure: { reason: 'StartFailed' } })
  expect(replica?.failure?.message).toContain('/no/such/python')
})

test('a file of the application that is missing is a failed start', async ({ signal }) => {
  const { bundle } = aWorkload('ready')
  const workload = aWorkload('ready', { bundle: { ...bundle, appDir: path.join(harness.dir, 'nowhere') } })
  const replica = await run(workload, { test: hasFailed, signal })
  expect(replica?.failure?.reason).toBe('StartFailed')
  await harness.driver.remove(workload.id, signal)
  expect(await harness.held()).toEqual([])
})

test('a script that ignores the request to stop is killed after the grace that was applied last', async ({
  signal,
}) => {
  const workload = aWorkload('ignores-sigterm', { stopGraceMs: 60_000 })
  await run(workload, { test: allReady(1), signal })
  await harness.driver.apply({ ...workload, stopGraceMs: 300 }, signal)
  const startMs = performance.now()
  await harness.driver.remove(workload.id, signal)
  const stopMs = performance.now() - startMs
  expect(stopMs).toBeGreaterThanOrEqual(290)
  expect(stopMs).toBeLessThan(30_000)
  expect(await harness.held()).toEqual([])
})

const withAndWithout = [
  { name: 'with what this host enforces', options: {} },
  { name: 'without cgroups', options: { limits: noCgroups } },
]

describe.each(withAndWithout)('children of a script, $name', ({ options }) => {
  beforeEach(async () => {
    await harness.close()
    harness = await openHarness(options)
  })

  test('go with a removed replica, also in a session of their own', async ({ signal }) => {
    const workload = aWorkload('leaves-children')
    await run(workload, { test: allReady(1), signal })
    await untilProcesses(3)
    await harness.driver.remove(workload.id, signal)
    expect(await harness.held()).toEqual([])
  })

  test('go with a crash, before the next start', async ({ signal }) => {
    const workload = aWorkload('leaves-children')
    const ready = await run(workload, { test: allReady(1), signal })
    const before = childrenIn(harness)
    process.kill(ready?.pid ?? 0, 'SIGKILL')
    await run(workload, { test: ([first]) => first?.restarts === 1 && first.phase === 'ready', signal })
    const processes = await untilProcesses(3)
    expect(before).toHaveLength(2)
    expect(processes).not.toEqual(expect.arrayContaining([before[0]]))
    expect(processes).not.toEqual(expect.arrayContaining([before[1]]))
  })
})

/** A process that has just been started has no environment to know it by for an instant. */
function untilProcesses(count: number): Promise<string[]> {
  const look = async () => {
    const processes = (await harness.held()).filter((name) => /^\d+$/.test(name))
    return processes.length === count && processes
  }
  return vi.waitUntil(look, { timeout: 10_000, interval: 5 })
}

function childrenIn({ logs }: ProcessHarness): string[] {
  const line = logs.find(({ text }) => text.startsWith('children'))?.text ?? ''
  return line.split(' ').slice(1)
}

const host = await probeHost()
const mebibyte = 1024 ** 2

describe('limits', () => {
  test.skipIf(!host.memory.enforced)(
    'a replica above its memory limit is killed and says so (needs a memory cgroup)',
    async ({ signal }) => {
      const limits = { memoryBytes: 64 * mebibyte }
      const environment = { NEEDED_BYTES: String(256 * mebibyte) }
      const replica = await run(aWorkload('needs-memory', { limits, environment }), {
        test: hasFailed,
        signal,
      })
      expect(replica?.failure).toMatchObject({ reason: 'OutOfMemory', signal: 'SIGKILL' })
      expect(replica?.failure?.message).toContain('0.0625 GiB')
    },
  )

  test.skipIf(!host.memory.enforced)(
    'a replica below its memory limit runs (needs a memory cgroup)',
    async ({ signal }) => {
      const limits = { memoryBytes: 128 * mebibyte }
      const environment = { NEEDED_BYTES: String(64 * mebibyte) }
      const replica = await run(aWorkload('needs-memory', { limits, environment }), {
        test: allReady(1),
        signal,
      })
      expect(replica?.phase).toBe('ready')
    },
  )

  test.skipIf(!host.cpu.enforced)(
    'a replica is throttled to its cpu limit (needs a cpu cgroup)',
    async ({ signal }) => {
      const replica = await run(aWorkload('needs-cpu', { limits: { cpuCores: 0.1 } }), {
        test: allReady(1),
        signal,
      })
      const root = harness.limits.cgroups.find(({ controllers }) => controllers.includes('cpu'))
      const statistics = await readFile(path.join(root?.dir ?? '', replica?.id ?? '', 'cpu.stat'), 'utf8')
      expect(Number(/nr_throttled (\d+)/.exec(statistics)?.[1])).toBeGreaterThan(0)
    },
  )

  test('without cgroups a runaway meets the cap of its address space', async ({ signal }) => {
    await harness.close()
    harness = await openHarness({ limits: noCgroups })
    const limits = { memoryBytes: 64 * mebibyte }
    const environment = { NEEDED_BYTES: String(2048 * mebibyte) }
    const replica = await run(aWorkload('needs-memory', { limits, environment }), { test: hasFailed, signal })
    expect(replica?.failure).toMatchObject({ reason: 'InitFailed', message: 'MemoryError' })
  })
})
