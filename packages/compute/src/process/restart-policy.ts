/** Decides whether and when a worker that ended by itself is started again. */

export interface RestartState {
  /** Whether the replica was ready at least once. */
  everReady: boolean
  /** Ends since it last stayed ready long enough. */
  ends: number
  /** Starts in a row that did not become ready. */
  failedStarts: number
}

export type RestartDecision = { kind: 'restart'; delayMs: number; state: RestartState } | { kind: 'give-up' }

export const freshRestartState: RestartState = { everReady: false, ends: 0, failedStarts: 0 }

const firstDelayMs = 10
const maxDelayMs = 5_000
const steadyAfterMs = 60_000
const maxFailedStarts = 3

/**
 * What to do after an end; `readyForMs` is undefined when the worker never became ready. A first start that
 * fails would fail again, so it is final; a worker that once was ready gets three more tries in a row.
 */
export function decideRestart(state: RestartState, readyForMs: number | undefined): RestartDecision {
  const wasReady = readyForMs !== undefined
  const failedStarts = wasReady ? 0 : state.failedStarts + 1
  if (!wasReady && (!state.everReady || failedStarts >= maxFailedStarts)) return { kind: 'give-up' }
  const endsBefore = wasReady && readyForMs >= steadyAfterMs ? 0 : state.ends
  return {
    kind: 'restart',
    delayMs: delayAfter(endsBefore),
    state: { everReady: true, ends: endsBefore + 1, failedStarts },
  }
}

/** At once the first time, then 10 ms, doubling up to 5 s. */
function delayAfter(ends: number): number {
  return ends === 0 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (ends - 1))
}
