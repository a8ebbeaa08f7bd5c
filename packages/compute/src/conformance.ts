/** What every driver must do: one suite, run against each of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReplicaDriver, ReplicaStatus, Workload } from './driver.ts'
import { surplusReplicas } from './replica-plan.ts'

/** A driver under test, and the hands that the suite needs around it. */
export interface DriverHarness {
  driver: ReplicaDriver
  /** A workload whose replicas behave so. */
  workload(behaviour: 'ready' | 'init-fails' | 'never-ready', change?: Partial<Workload>): Workload
  /** Ends a replica's process from outside. */
  crash(replica: ReplicaStatus): void
  /** Names of what is held for replicas: processes, folders, cgroups. */
  held(): Promise<string[]>
}

export interface ConformanceOptions {
  name: string
  open(): Promise<DriverHarness>
}

/** Resolves with the replicas of a workload once `test` holds; an abort fails with how they were. */
export async function untilReplicas(
  driver: ReplicaDriver,
  id: string,
  { test, signal }: { test: (replicas: ReplicaStatus[]) => boolean; signal: AbortSignal },
): Promise<ReplicaStatus[]> {
  let last: ReplicaStatus[] = []
  for (;;) {
    const changed = Promise.withResolvers<void>()
    const forget = driver.onChange((changedId) => changedId === id && changed.resolve())
    const abort = () => changed.reject(new Error(`still waiting: ${JSON.stringify(last)}`))
    signal.addEventListener('abort', abort, { once: true })
    try {
      last = await driver.observe(id, signal)
      if (test(last)) return last
      await changed.promise
    } finally {
      forget()
      signal.removeEventListener('abort', abort)
    }
  }
}

/** Whether there are `count` replicas and all are ready. */
export function allReady(count: number): (replicas: ReplicaStatus[]) => boolean {
  return (replicas) => replicas.length === count && replicas.every(({ phase }) => phase === 'ready')
}

export function replicaDriverConformance({ name, open }: ConformanceOptions): void {
  describe(`${name} keeps the promises of a driver`, () => {
    let harness: DriverHarness
    let driver: ReplicaDriver

    beforeEach(async () => {
      harness = await open()
      driver = harness.driver
    })
    afterEach(() => driver.close())

    const ready = (workload: Workload, signal: AbortSignal) =>
      untilReplicas(driver, workload.id, { test: allReady(workload.replicas), signal })

    test('a workload becomes ready, with an endpoint for each replica', async ({ signal }) => {
      const workload = harness.workload('ready', { replicas: 2 })
      await driver.apply(workload, signal)
      const replicas = await ready(workload, signal)
      expect(replicas.map(({ workloadId, generation }) => ({ workloadId, generation }))).toEqual([
        { workloadId: workload.id, generation: 1 },
        { workloadId: workload.id, generation: 1 },
      ])
      expect(new Set(replicas.map(({ endpoint }) => endpoint?.socketPath)).size).toBe(2)
      expect(replicas.every(({ readyAt, step, failure }) => readyAt && !step && !failure)).toBe(true)
    })

    test('applying the same workload again changes nothing', async ({ signal }) => {
      const workload = harness.workload('ready', { replicas: 2 })
      await driver.apply(workload, signal)
      const before = await ready(workload, signal)
      await driver.apply(workload, signal)
      expect(await driver.observe(workload.id, signal)).toEqual(before)
    })

    test('scaling up keeps the replicas there are', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      const [first] = await ready(workload, signal)
      await driver.apply({ ...workload, replicas: 3 }, signal)
      const after = await ready({ ...workload, replicas: 3 }, signal)
      expect(after[0]).toEqual(first)
    })

    test('scaling down keeps ready replicas and frees the rest', async ({ signal }) => {
      const workload = harness.workload('ready', { replicas: 3 })
      await driver.apply(workload, signal)
      const before = await ready(workload, signal)
      await driver.apply({ ...workload, replicas: 1 }, signal)
      expect(await ready({ ...workload, replicas: 1 }, signal)).toEqual(before.slice(0, 1))
    })

    test('scaling down takes those away that were said to be too many', async ({ signal }) => {
      const workload = harness.workload('ready', { replicas: 3 })
      await driver.apply(workload, signal)
      const before = await ready(workload, signal)
      const leaving = surplusReplicas(before, 1)
      await driver.apply({ ...workload, replicas: 1 }, signal)
      const after = await ready({ ...workload, replicas: 1 }, signal)
      expect(after).toEqual(before.filter(({ id }) => !leaving.includes(id)))
    })

    test('zero replicas hold nothing and can be scaled up again', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      await ready(workload, signal)
      await driver.apply({ ...workload, replicas: 0 }, signal)
      await ready({ ...workload, replicas: 0 }, signal)
      expect(await harness.held()).toEqual([])
      await driver.apply(workload, signal)
      await expect(ready(workload, signal)).resolves.toHaveLength(1)
    })

    test('another generation replaces every replica', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      const [old] = await ready(workload, signal)
      await driver.apply({ ...workload, generation: 2 }, signal)
      const [replica] = await untilReplicas(driver, workload.id, {
        test: (replicas) => allReady(1)(replicas) && replicas[0]?.generation === 2,
        signal,
      })
      expect(replica?.id).not.toBe(old?.id)
    })

    test('a failing init is reported with its traceback, and is final', async ({ signal }) => {
      const workload = harness.workload('init-fails')
      await driver.apply(workload, signal)
      const [replica] = await untilReplicas(driver, workload.id, {
        test: ([first]) => first?.phase === 'failed',
        signal,
      })
      expect(replica).toMatchObject({ step: 'init', restarts: 0, failure: { reason: 'InitFailed' } })
      expect(replica?.failure?.message).toContain('the model is corrupt')
      expect(replica?.failure?.traceback).toContain('Traceback')
      expect(replica?.endpoint).toBeUndefined()
      await driver.apply(workload, signal)
      expect(await driver.observe(workload.id, signal)).toEqual([replica])
    })

    test('a replica in init says so and can be removed', async ({ signal }) => {
      const workload = harness.workload('never-ready')
      await driver.apply(workload, signal)
      const [replica] = await untilReplicas(driver, workload.id, {
        test: ([first]) => first?.step === 'init',
        signal,
      })
      expect(replica?.phase).toBe('starting')
      await driver.remove(workload.id, signal)
      expect(await harness.held()).toEqual([])
    })

    test('a crashed replica is started again under its id, and says why it ended', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      const [before] = await ready(workload, signal)
      if (before) harness.crash(before)
      const [after] = await untilReplicas(driver, workload.id, {
        test: (replicas) => allReady(1)(replicas) && replicas[0]?.restarts === 1,
        signal,
      })
      expect(after).toMatchObject({ id: before?.id, lastFailure: { reason: 'Crashed', signal: 'SIGKILL' } })
    })

    test('what is applied anew holds for later starts, and those are tried until one works', async ({
      signal,
    }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      const [before] = await ready(workload, signal)
      await driver.apply(harness.workload('init-fails'), signal)
      expect(await driver.observe(workload.id, signal)).toEqual([before])
      if (before) harness.crash(before)
      const [failing] = await untilReplicas(driver, workload.id, {
        test: ([first]) => first?.lastFailure?.reason === 'InitFailed' && first.restarts > 4,
        signal,
      })
      expect(failing).toMatchObject({ id: before?.id, phase: 'starting' })
      expect(failing?.failure).toBeUndefined()
      await driver.apply(workload, signal)
      const [after] = await ready(workload, signal)
      expect(after).toMatchObject({ id: before?.id, lastFailure: { reason: 'InitFailed' } })
    })

    test('removal frees everything and forgets the workload', async ({ signal }) => {
      const workload = harness.workload('ready', { replicas: 2 })
      await driver.apply(workload, signal)
      await ready(workload, signal)
      expect(await harness.held()).not.toEqual([])
      await driver.remove(workload.id, signal)
      expect(await driver.observe(workload.id, signal)).toEqual([])
      expect(await harness.held()).toEqual([])
    })

    test('a workload applied during its removal runs', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      const [old] = await ready(workload, signal)
      const removal = driver.remove(workload.id, signal)
      await driver.apply(workload, signal)
      await removal
      const [replica] = await ready(workload, signal)
      expect(replica?.id).not.toBe(old?.id)
    })

    test('an unknown workload has no replicas, and removing it succeeds', async ({ signal }) => {
      await expect(driver.observe('unknown', signal)).resolves.toEqual([])
      await expect(driver.remove('unknown', signal)).resolves.toBeUndefined()
    })

    test('a listener hears of starting, ready and gone, until it ends that', async ({ signal }) => {
      const heard: string[] = []
      const forget = driver.onChange((id) => heard.push(id))
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      expect(heard).toContain(workload.id)
      await ready(workload, signal)
      const afterReady = heard.length
      await driver.remove(workload.id, signal)
      expect(heard.length).toBeGreaterThan(afterReady)
      forget()
      const afterRemoval = heard.length
      await driver.apply(workload, signal)
      expect(heard).toHaveLength(afterRemoval)
      expect(new Set(heard)).toEqual(new Set([workload.id]))
    })

    test('an aborted signal refuses each call and changes nothing', async ({ signal }) => {
      const aborted = AbortSignal.abort(new Error('no longer wanted'))
      const workload = harness.workload('ready')
      await expect(driver.apply(workload, aborted)).rejects.toThrow('no longer wanted')
      await expect(driver.observe(workload.id, aborted)).rejects.toThrow('no longer wanted')
      await expect(driver.remove(workload.id, aborted)).rejects.toThrow('no longer wanted')
      expect(await driver.observe(workload.id, signal)).toEqual([])
    })

    test('an abort ends the wait for a removal, and the removal goes on', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      await ready(workload, signal)
      const controller = new AbortController()
      const removal = driver.remove(workload.id, controller.signal)
      controller.abort(new Error('no longer waiting'))
      await expect(removal).rejects.toThrow('no longer waiting')
      await untilReplicas(driver, workload.id, { test: allReady(0), signal })
      expect(await harness.held()).toEqual([])
    })

    test('closing stops what cannot outlive the driver, and refuses new work', async ({ signal }) => {
      const workload = harness.workload('ready')
      await driver.apply(workload, signal)
      await ready(workload, signal)
      await driver.close()
      expect(await harness.held()).toEqual([])
      await expect(driver.apply(workload, signal)).rejects.toThrow('the driver is closed')
      await expect(driver.close()).resolves.toBeUndefined()
    })
  })
}
