/** Which replicas are started and stopped for what is wanted. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReplicaPhase, ReplicaStatus } from './driver.ts'
import { planReplicas } from './replica-plan.ts'

function aReplica(id: string, phase: ReplicaPhase, generation = 1): ReplicaStatus {
  return { id, workloadId: 'w', generation, phase, startedAt: '2019-05-01T00:00:00Z', restarts: 0 }
}

const ready = aReplica('ready', 'ready')
const starting = aReplica('starting', 'starting')
const failed = aReplica('failed', 'failed')
const stopping = aReplica('stopping', 'stopping')

describe('planReplicas', () => {
  test.each([
    { name: 'starts what is missing', replicas: 3, observed: [ready], start: 2, stop: [] },
    { name: 'counts starting replicas', replicas: 2, observed: [ready, starting], start: 0, stop: [] },
    { name: 'does not start failed ones anew', replicas: 1, observed: [failed], start: 0, stop: [] },
    { name: 'does not count stopping ones', replicas: 1, observed: [stopping], start: 1, stop: [] },
    {
      name: 'stops failed, then starting, before ready ones',
      replicas: 1,
      observed: [ready, starting, failed],
      start: 0,
      stop: ['failed', 'starting'],
    },
    {
      name: 'stops the newest of equals',
      replicas: 1,
      observed: [ready, aReplica('newer', 'ready')],
      start: 0,
      stop: ['newer'],
    },
    {
      name: 'replaces another generation',
      replicas: 1,
      observed: [aReplica('old', 'ready', 0)],
      start: 1,
      stop: ['old'],
    },
  ])('$name', ({ replicas, observed, start, stop }) => {
    expect(planReplicas({ generation: 1, replicas }, observed)).toEqual({ start, stop })
  })

  test('a removed workload stops all that is not stopping', () => {
    expect(planReplicas(undefined, [ready, stopping, failed])).toEqual({
      start: 0,
      stop: ['ready', 'failed'],
    })
  })

  test('carried out, it leaves as many replicas of the generation as are wanted, and is then content', () => {
    const phase = fc.constantFrom<ReplicaPhase>('starting', 'ready', 'failed', 'stopping')
    const observed = fc.array(fc.tuple(phase, fc.integer({ min: 1, max: 2 })), { maxLength: 8 })
    fc.assert(
      fc.property(observed, fc.nat({ max: 8 }), (rows, replicas) => {
        const before = rows.map(([phase, generation], index) => aReplica(`r${index}`, phase, generation))
        const wanted = { generation: 2, replicas }
        const { start, stop } = planReplicas(wanted, before)
        const kept = before.filter(({ id, phase }) => phase !== 'stopping' && !stop.includes(id))
        const started = Array.from({ length: start }, (_, index) => aReplica(`new${index}`, 'starting', 2))
        const after = [...kept, ...started]
        expect(after).toHaveLength(replicas)
        expect(planReplicas(wanted, after)).toEqual({ start: 0, stop: [] })
      }),
    )
  })
})
