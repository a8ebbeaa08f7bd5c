/** Decides whether and when a worker that ended by itself is started again. */

export interface RestartState {
  /** Whether the replica was ready at least once. */
  everReady: boolean
  /** Ends since it last stayed ready long enough. */
  ends: number
}

export type RestartDecision = { kind: 'restart'; delayMs: number; state: RestartState } | { kind: 'give-up' }

export const freshRestartState: RestartState = { everReady: false, ends: 0 }

const firstDelayMs = 10
/** A worker that gets ready answers requests in between, so that it is not kept waiting for long. */
const maxDelayAfterReadyMs = 5_000
const maxDelayAfterFailedStartMs = 60_000
const steadyAfterMs = 60_000

/**
 * What to do after an end; `readyForMs` is undefined when the worker never became ready. A first start that
 * fails would fail again, so it is final. A worker that once was ready is started for ever: what keeps it from
 * starting now, such as a full disk, ends one day.
 */
export function decideRestart(state: RestartState, readyForMs: number | undefined): RestartDecision {
  const wasReady = readyForMs !== undefined
  if (!wasReady && !state.everReady) return { kind: 'give-up' }
  const endsBefore = wasReady && readyForMs >= steadyAfterMs ? 0 : state.ends
  return {
    kind: 'restart',
    delayMs: Math.min(delayAfter(endsBefore), wasReady ? maxDelayAfterReadyMs : maxDelayAfterFailedStartMs),
    state: { everReady: true, ends: endsBefore + 1 },
  }
}

/** At once the first time, then 10 ms, doubling. */
function delayAfter(ends: number): number {
  return ends === 0 ? 0 : firstDelayMs * 2 ** (ends - 1)
}
