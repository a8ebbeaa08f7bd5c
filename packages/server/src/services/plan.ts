/** Decides from what is wanted and what runs which replicas of a version serve, and how it is; pure. */
import type { Failure, ServiceState } from '@slipway/contract'
import type { FailureReason, ReplicaFailure, ReplicaStatus } from '@slipway/compute'

/** A replica as the driver sees it, or kept back while it has not answered the sample request of its version. */
export interface SeenReplica extends Omit<ReplicaStatus, 'step' | 'failure'> {
  step?: ReplicaStatus['step'] | 'sample'
  failure?: Omit<ReplicaFailure, 'reason'> & { reason: FailureReason | 'SampleRequestFailed' }
}

export interface Observed {
  /** Replicas the version wants. */
  wanted: number
  /** Replicas of the wanted workload. */
  replicas: readonly SeenReplica[]
  /** True where another workload answers requests at the moment. */
  previousServes: boolean
  /** True once all that the version wants has been there. */
  deployed: boolean
  /** True where a request may find no replica, and wakes the version. */
  mayRest: boolean
}

export interface Plan {
  /** Which workload answers requests from now on. */
  serve: 'wanted' | 'previous' | 'nobody'
  state: ServiceState
  reason: string
  message: string
  /** Set where a replica has failed for good. */
  error?: Failure
  /** Where in the script it failed. */
  traceback?: string
  /** Everything that is wanted is there. */
  complete: boolean
}

/**
 * ready | failed | previous serves | deployed | serve    | state
 * all   | –      | any             | any      | wanted   | Healthy
 * any   | some   | yes             | –        | previous | Failed
 * none  | some   | no              | any      | nobody   | Failed
 * some  | some   | no              | any      | wanted   | Unhealthy
 * any   | none   | yes             | –        | previous | Transitioning
 * some  | none   | no              | yes      | wanted   | Healthy
 * some  | none   | no              | no       | wanted   | Transitioning
 * none  | none   | no              | yes      | nobody   | Unhealthy, or Transitioning while it wakes from rest
 * none  | none   | no              | no       | nobody   | Transitioning
 */
export function plan(observed: Observed): Plan {
  const current = observed.replicas.filter(({ phase }) => phase !== 'stopping')
  const ready = current.filter(({ phase }) => phase === 'ready').length
  const failed = current.find(({ phase }) => phase === 'failed')
  const count = `${ready} of ${observed.wanted} replicas are ready`
  if (observed.wanted === 0) return restingPlan
  if (ready >= observed.wanted) {
    return { serve: 'wanted', state: 'Healthy', reason: 'ReplicasReady', message: count, complete: true }
  }
  if (failed) return failedPlan(failed, { ...observed, ready })
  return waitingPlan({ ...observed, ready }, waiting(current, count))
}

const restingPlan: Plan = {
  serve: 'wanted',
  state: 'Healthy',
  reason: 'ScaledToZero',
  message: 'no replica runs; the next request starts one',
  complete: true,
}

type Counted = Observed & { ready: number }

function waitingPlan({ previousServes, deployed, mayRest, ready }: Counted, message: string): Plan {
  const complete = false
  if (previousServes) {
    return { serve: 'previous', state: 'Transitioning', reason: 'RollingOut', message, complete }
  }
  if (ready > 0) {
    const state = deployed ? 'Healthy' : 'Transitioning'
    return { serve: 'wanted', state, reason: 'SomeReplicasReady', message, complete }
  }
  const state = deployed && !mayRest ? 'Unhealthy' : 'Transitioning'
  return { serve: 'nobody', state, reason: 'ReplicasStarting', message, complete }
}

function failedPlan(replica: SeenReplica, { previousServes, ready }: Counted): Plan {
  const failure = replica.failure ?? { reason: 'Crashed' as const, message: 'the replica failed' }
  const { serve, rest } = whoServes(previousServes, ready)
  const message = failure.message + rest
  return {
    serve,
    state: serve === 'wanted' ? 'Unhealthy' : 'Failed',
    reason: failure.reason,
    message,
    error: { code: failure.reason, message, hint: hints[failure.reason] },
    ...(replica.failure?.traceback !== undefined && { traceback: replica.failure.traceback }),
    complete: false,
  }
}

function whoServes(previousServes: boolean, ready: number): { serve: Plan['serve']; rest: string } {
  if (previousServes) return { serve: 'previous', rest: '; the version before keeps serving' }
  if (ready > 0) return { serve: 'wanted', rest: `; the other ${ready} keep serving` }
  return { serve: 'nobody', rest: '' }
}

const hints = {
  ImportFailed:
    'Read the traceback in the log; add what is missing to the conda file, or mend the script, and build a new image.',
  InitFailed:
    'Read the traceback in the log; wrap init() to log what it finds, mend the script and build a new image.',
  InitTimeout: 'Make init() return, or raise initTimeoutSeconds.',
  ExitedInInit: 'The script must not end the process; raise an exception instead.',
  Crashed: 'Read the end of the log; a crash without a traceback comes from native code.',
  OutOfMemory: 'Raise memoryGb, or load less.',
  StartFailed: 'Run `slipway doctor` to see what this machine lacks.',
  SampleRequestFailed: 'Mend the script or the sample request: it must be answered with a status below 400.',
} as const

const steps = {
  spawn: 'starting Python',
  import: 'importing the script',
  init: 'running init()',
  sample: 'answering the sample request',
} as const

/** What a starting replica is busy with, so that a person knows what is being waited for. */
function waiting(replicas: readonly SeenReplica[], count: string): string {
  const starting = replicas.find(({ phase }) => phase === 'starting')
  if (!starting) return count
  const doing = steps[starting.step ?? 'spawn']
  const crashed = starting.lastFailure ? ` after it ended: ${starting.lastFailure.message}` : ''
  return `${count}; one is ${doing}${crashed}`
}
