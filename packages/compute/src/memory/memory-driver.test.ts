/** The driver in memory keeps the promises that real ones keep. */
import { expect, test } from 'vitest'
import { allReady, replicaDriverConformance, untilReplicas } from '../conformance.ts'
import type { Workload } from '../driver.ts'
import { createMemoryDriver, type Behaviour } from './memory-driver.ts'

const behaviours: Readonly<Record<string, Behaviour>> = {
  'ready.py': { kind: 'ready' },
  'init-fails.py': {
    kind: 'failed',
    failure: {
      reason: 'InitFailed',
      message: 'ValueError: the model is corrupt',
      traceback: 'Traceback (most recent call last): …',
    },
  },
  'never-ready.py': { kind: 'never-ready' },
}

function aWorkload(change: Partial<Workload> = {}): Workload {
  return {
    id: 'team/diabetes/1',
    generation: 1,
    replicas: 1,
    bundle: { appDir: '/app', python: '/usr/bin/python3', models: [], digest: 'sha256:0' },
    environment: {},
    serviceName: 'diabetes',
    entryScript: 'ready.py',
    limits: {},
    initTimeoutMs: 1_000,
    scoringTimeoutMs: 1_000,
    stopGraceMs: 1_000,
    ...change,
  }
}

replicaDriverConformance({
  name: 'memory',
  async open() {
    const driver = createMemoryDriver({
      behave: ({ entryScript }) => behaviours[entryScript] ?? { kind: 'ready' },
    })
    return {
      driver,
      workload: (behaviour, change) => aWorkload({ entryScript: `${behaviour}.py`, ...change }),
      crash: ({ id }) => driver.crash(id),
      held: async () => driver.running(),
    }
  },
})

test('a script can decide by how often it was started', async ({ signal }) => {
  const failure = { reason: 'Crashed', message: 'gone' } as const
  const driver = createMemoryDriver({
    behave: (_, restarts) => (restarts === 1 ? { kind: 'failed', failure } : { kind: 'ready' }),
    now: () => 0,
  })
  const workload = aWorkload()
  await driver.apply(workload, signal)
  const [replica] = await untilReplicas(driver, workload.id, { test: allReady(1), signal })
  expect(replica?.readyAt).toBe('1970-01-01T00:00:00.000Z')
  driver.crash(replica?.id ?? '')
  const [after] = await untilReplicas(driver, workload.id, {
    test: ([first]) => first?.phase === 'ready' && first.restarts === 2,
    signal,
  })
  expect(after).toMatchObject({ id: replica?.id, lastFailure: failure })
})
