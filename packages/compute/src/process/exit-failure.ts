/** Says in the words of `ReplicaFailure` why a worker ended. */
import type { FailureReason, ReplicaFailure, StartStep } from '../driver.ts'
import type { ControlEvent } from './control-event.ts'

/** How a worker's process ended, and what was known of it then. */
export interface WorkerEnd {
  step: StartStep | 'ready'
  /** Why no process could be started. */
  startError?: string
  exitCode?: number
  signal?: string
  /** Processes of the replica that the kernel killed for want of memory. */
  oomKills: number
  /** It was killed because it was not ready in time. */
  timedOut: boolean
  /** What the worker itself said. */
  failed?: Extract<ControlEvent, { event: 'failed' }>
  /** The last lines it wrote to stderr. */
  tail: readonly string[]
  memoryBytes?: number
  initTimeoutMs: number
}

/** The failure that describes `end`; how it ended is in it whenever there was a process. */
export function explainEnd(end: WorkerEnd): ReplicaFailure {
  const [reason, message] = reasonOf(end)
  const traceback = end.failed?.traceback || end.tail.join('\n')
  return {
    reason,
    message,
    ...(traceback !== '' && { traceback }),
    ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
    ...(end.signal !== undefined && { signal: end.signal }),
  }
}

function reasonOf(end: WorkerEnd): [FailureReason, string] {
  if (end.startError !== undefined) return ['StartFailed', end.startError]
  if (end.failed !== undefined) {
    return [end.failed.phase === 'init' ? 'InitFailed' : 'ImportFailed', end.failed.message]
  }
  if (end.timedOut) return ['InitTimeout', timeoutMessage(end)]
  if (end.oomKills > 0 && end.signal === 'SIGKILL') return ['OutOfMemory', memoryMessage(end)]
  return endedBySelf(end)
}

function endedBySelf(end: WorkerEnd): [FailureReason, string] {
  const how = describeExit(end)
  const bySteps: Record<WorkerEnd['step'], [FailureReason, string]> = {
    spawn: ['StartFailed', `The scoring process ended (${how}) before it loaded the script.`],
    import: ['ExitedInInit', `The script ended its process (${how}) while it was imported.`],
    init: ['ExitedInInit', `The script ended its process (${how}) in init().`],
    ready: ['Crashed', `The scoring process ended (${how}) by itself.`],
  }
  return bySteps[end.step]
}

function timeoutMessage({ step, initTimeoutMs }: WorkerEnd): string {
  const where = step === 'init' ? 'init() of the script' : 'The import of the script'
  return `${where} must return within ${initTimeoutMs / 1000} s of the start of the replica and did not.`
}

function memoryMessage({ memoryBytes }: WorkerEnd): string {
  const limit =
    memoryBytes === undefined
      ? 'the memory there is'
      : `its memory limit of ${Number((memoryBytes / 2 ** 30).toPrecision(3))} GiB`
  return `The replica needed more than ${limit} and was killed by the kernel.`
}

/** `exit code 1` or `SIGSEGV`. */
export function describeExit({ exitCode, signal }: Pick<WorkerEnd, 'exitCode' | 'signal'>): string {
  return signal ?? (exitCode === undefined ? 'unknown' : `exit code ${exitCode}`)
}
