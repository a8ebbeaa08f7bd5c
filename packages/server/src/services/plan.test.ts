/** The truth table of a service’s plan. */
import type { ReplicaStatus } from '@slipway/compute'
import { describe, expect, test } from 'vitest'
import { plan, type Observed } from './plan.ts'

function aReplica(phase: ReplicaStatus['phase'], more: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    id: `r-${phase}`,
    workloadId: 'w',
    generation: 1,
    phase,
    startedAt: '2026-01-01T00:00:00.000Z',
    restarts: 0,
    ...more,
  }
}

const ready = aReplica('ready')
const starting = aReplica('starting', { step: 'init' })
const failed = aReplica('failed', { failure: { reason: 'InitFailed', message: 'init() raised KeyError' } })

function observed(change: Partial<Observed>): Observed {
  return { wanted: 1, replicas: [], previousServes: false, deployed: false, mayRest: false, ...change }
}

describe('the plan of a service', () => {
  test.each([
    {
      name: 'serves when all replicas are ready',
      given: { replicas: [ready] },
      serve: 'wanted',
      state: 'Healthy',
    },
    {
      name: 'moves traffic once all are ready',
      given: { wanted: 2, replicas: [ready, ready], previousServes: true },
      serve: 'wanted',
      state: 'Healthy',
    },
    {
      name: 'waits for the first start',
      given: { replicas: [starting] },
      serve: 'nobody',
      state: 'Transitioning',
    },
    {
      name: 'serves with what is ready while more is to come',
      given: { wanted: 2, replicas: [ready, starting] },
      serve: 'wanted',
      state: 'Transitioning',
    },
    {
      name: 'stays healthy when some replicas are lost',
      given: { wanted: 2, replicas: [ready, starting], deployed: true },
      serve: 'wanted',
      state: 'Healthy',
    },
    {
      name: 'is unhealthy when all are lost',
      given: { replicas: [starting], deployed: true },
      serve: 'nobody',
      state: 'Unhealthy',
    },
    {
      name: 'keeps the version before while the new one starts',
      given: { wanted: 2, replicas: [ready, starting], previousServes: true },
      serve: 'previous',
      state: 'Transitioning',
    },
    {
      name: 'keeps the version before when the new one fails',
      given: { wanted: 2, replicas: [ready, failed], previousServes: true },
      serve: 'previous',
      state: 'Failed',
    },
    { name: 'fails when nothing serves', given: { replicas: [failed] }, serve: 'nobody', state: 'Failed' },
    {
      name: 'is unhealthy when one replica has failed and others serve',
      given: { wanted: 2, replicas: [ready, failed], deployed: true },
      serve: 'wanted',
      state: 'Unhealthy',
    },
    {
      name: 'does not count replicas that stop',
      given: { replicas: [aReplica('stopping')] },
      serve: 'nobody',
      state: 'Transitioning',
    },
  ])('$name', ({ given, serve, state }) => {
    expect(plan(observed(given))).toMatchObject({ serve, state })
  })

  test('says what a starting replica is busy with', () => {
    const { message } = plan(observed({ replicas: [starting] }))
    expect(message).toBe('0 of 1 replicas are ready; one is running init()')
  })

  test('says why it failed, that the version before keeps serving, and what to do', () => {
    const { error } = plan(observed({ replicas: [failed], previousServes: true }))
    expect(error?.code).toBe('InitFailed')
    expect(error?.message).toBe('init() raised KeyError; the version before keeps serving')
    expect(error?.hint).toMatch(/log/)
  })

  test('hands the traceback on, apart from the sentence', () => {
    const failure = { reason: 'InitFailed', message: 'KeyError', traceback: 'Traceback: line 3' } as const
    const decided = plan(observed({ replicas: [aReplica('failed', { failure })] }))
    expect(decided).toMatchObject({ message: 'KeyError', traceback: 'Traceback: line 3' })
  })
})
