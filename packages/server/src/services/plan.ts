/** Decides from what is wanted and what runs which replicas serve, and how the service is; pure. */
import type { Failure, ServiceState } from '@slipway/contract'
import type { ReplicaStatus } from '@slipway/compute'

export interface Observed {
  /** Replicas the service wants. */
  wanted: number
  /** Replicas of the wanted workload. */
  replicas: readonly ReplicaStatus[]
  /** True where another workload answers requests at the moment. */
  previousServes: boolean
  /** True once all that this generation of the spec wants has been there. */
  deployed: boolean
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
 * none  | none   | no              | yes      | nobody   | Unhealthy
 * none  | none   | no              | no       | nobody   | Transitioning
 */
export function plan(observed: Observed): Plan {
  const current = observed.replicas.filter(({ phase }) => phase !== 'stopping')
  const ready = current.filter(({ phase }) => phase === 'ready').length
  const failed = current.find(({ phase }) => phase === 'failed')
  const count = `${ready} of ${observed.wanted} replicas are ready`
  if (ready >= observed.wanted) {
    return { serve: 'wanted', state: 'Healthy', reason: 'ReplicasReady', message: count, complete: true }
  }
  if (failed) return failedPlan(failed, { ...observed, ready })
  return waitingPlan({ ...observed, ready }, waiting(current, count))
}

type Counted = Observed & { ready: number }

function waitingPlan({ previousServes, deployed, ready }: Counted, message: string): Plan {
  const complete = false
  if (previousServes) {
    return { serve: 'previous', state: 'Transitioning', reason: 'RollingOut', message, complete }
  }
  if (ready > 0) {
    const state = deployed ? 'Healthy' : 'Transitioning'
    return { serve: 'wanted', state, reason: 'SomeReplicasReady', message, complete }
  }
  const state = deployed ? 'Unhealthy' : 'Transitioning'
  return { serve: 'nobody', state, reason: 'ReplicasStarting', message, complete }
}

function failedPlan(replica: ReplicaStatus, { previousServes, ready }: Counted): Plan {
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
} as const

const steps = { spawn: 'starting Python', import: 'importing the script', init: 'running init()' } as const

/** What a starting replica is busy with, so that a person knows what is being waited for. */
function waiting(replicas: readonly ReplicaStatus[], count: string): string {
  const starting = replicas.find(({ phase }) => phase === 'starting')
  if (!starting) return count
  const doing = steps[starting.step ?? 'spawn']
  const crashed = starting.lastFailure ? ` after it ended: ${starting.lastFailure.message}` : ''
  return `${count}; one is ${doing}${crashed}`
}
