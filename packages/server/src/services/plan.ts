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
  /** True once the wanted workload has answered requests. */
  servedBefore: boolean
}

export interface Plan {
  /** Which workload answers requests from now on. */
  serve: 'wanted' | 'previous' | 'nobody'
  state: ServiceState
  reason: string
  message: string
  /** Set where the rollout has failed for good. */
  error?: Failure
}

/**
 * ready | failed | previous serves | served before | serve    | state
 * all   | –      | any             | any           | wanted   | Healthy
 * some  | any    | no              | any           | wanted   | Healthy (Transitioning before the first time)
 * some  | none   | yes             | –             | previous | Transitioning
 * any   | some   | yes             | –             | previous | Failed
 * none  | some   | no              | any           | nobody   | Failed
 * none  | none   | no              | no            | nobody   | Transitioning
 * none  | none   | no              | yes           | nobody   | Unhealthy
 */
export function plan(observed: Observed): Plan {
  const { wanted, previousServes, servedBefore } = observed
  const current = observed.replicas.filter(({ phase }) => phase !== 'stopping')
  const ready = current.filter(({ phase }) => phase === 'ready').length
  const failed = current.find(({ phase }) => phase === 'failed')
  const count = `${ready} of ${wanted} replicas are ready`
  if (ready >= wanted) return { serve: 'wanted', state: 'Healthy', reason: 'ReplicasReady', message: count }
  if (failed && (previousServes || ready === 0)) return failedPlan(failed, previousServes)
  if (previousServes)
    return {
      serve: 'previous',
      state: 'Transitioning',
      reason: 'RollingOut',
      message: waiting(current, count),
    }
  if (ready > 0) return partlyReady(servedBefore, failed ? failureText(failed) : waiting(current, count))
  const state = servedBefore ? 'Unhealthy' : 'Transitioning'
  return { serve: 'nobody', state, reason: 'ReplicasStarting', message: waiting(current, count) }
}

function partlyReady(servedBefore: boolean, message: string): Plan {
  return {
    serve: 'wanted',
    state: servedBefore ? 'Healthy' : 'Transitioning',
    reason: 'SomeReplicasReady',
    message,
  }
}

function failedPlan(replica: ReplicaStatus, previousServes: boolean): Plan {
  const failure = replica.failure ?? { reason: 'Crashed' as const, message: 'the replica failed' }
  const message = previousServes ? `${failure.message}; the version before keeps serving` : failure.message
  return {
    serve: previousServes ? 'previous' : 'nobody',
    state: 'Failed',
    reason: failure.reason,
    message,
    error: { code: failure.reason, message, hint: hints[failure.reason] },
  }
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

function failureText({ failure }: ReplicaStatus): string {
  return failure?.message ?? 'a replica failed'
}

const steps = { spawn: 'starting Python', import: 'importing the script', init: 'running init()' } as const

/** What a starting replica is busy with, so that a person knows what is being waited for. */
function waiting(replicas: readonly ReplicaStatus[], count: string): string {
  const starting = replicas.find(({ phase }) => phase === 'starting')
  if (!starting) return count
  const doing = steps[starting.step ?? 'spawn']
  const crashed = starting.lastFailure ? ` after it ended: ${starting.lastFailure.message}` : ''
  return `${count}; one is ${doing}${crashed}`
}
