/** The autoscaler's arithmetic: how many replicas a version should have, given how busy it was. */
import { ceiling } from './ceiling.ts'

export interface AutoscalePolicy {
  /** 0 lets a version rest without a replica. */
  minReplicas: number
  maxReplicas: number
  /** Part of the replicas that is to be busy, above 0 and at most 1. */
  targetUtilization: number
  /** Time for which fewer replicas must have been enough before any goes. */
  scaleDownDelayMs: number
}

/** What one decision hands to the next. */
export interface AutoscaleState {
  replicas: number
  /** Since when fewer replicas than there are have been enough; on the clock of the samples. */
  lowSinceMs?: number | undefined
  /** The most that were needed since then. */
  mostSinceLow?: number | undefined
}

export interface AutoscaleSample {
  /** Mean over the period since the last sample of busy replicas, waiting calls counted as if a replica had them. */
  busy: number
  /** Any clock that does not go back. */
  nowMs: number
}

export interface AutoscaleDecision extends AutoscaleState {
  /** The arithmetic, such as `busy 3.4 ÷ 0.7 = 4.9 → 5 of 1–10`. */
  reason: string
}

/**
 * | needed, within the bounds | decision |
 * |---|---|
 * | more than there are, or as many | that many, at once |
 * | fewer, for less than the delay | as many as there are |
 * | fewer, for the delay | the most that were needed meanwhile |
 *
 * Never leaves the bounds, also when they have just changed. Needs of zero take a version that was idle all the time.
 */
export function decide(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  { busy, nowMs }: AutoscaleSample,
): AutoscaleDecision {
  const current = within(policy, state.replicas)
  const needed = within(policy, ceiling(busy / policy.targetUtilization))
  const arithmetic = arithmeticOf(policy, busy, needed)
  if (needed >= current) return { replicas: needed, reason: arithmetic }
  const lowSinceMs = state.lowSinceMs ?? nowMs
  const mostSinceLow = within(policy, Math.max(needed, state.mostSinceLow ?? 0))
  const leftMs = lowSinceMs + policy.scaleDownDelayMs - nowMs
  if (leftMs > 0) {
    const reason = `${arithmetic}, kept at ${current} for another ${Math.ceil(leftMs / 1_000)} s`
    return { replicas: current, lowSinceMs, mostSinceLow, reason }
  }
  const reason = `${arithmetic}, at most ${mostSinceLow} for ${seconds(policy.scaleDownDelayMs)} s`
  // Of what came since then the low time knows only the most: what is above the need now begins another one.
  if (mostSinceLow > needed)
    return { replicas: mostSinceLow, lowSinceMs: nowMs, mostSinceLow: needed, reason }
  return { replicas: mostSinceLow, reason }
}

/** For a request that finds no replica at all: does not wait for the next sample. */
export function wake(policy: AutoscalePolicy, state: AutoscaleState): AutoscaleDecision {
  const replicas = Math.max(1, within(policy, state.replicas))
  if (replicas === state.replicas) return { ...state, reason: `a request waits, ${replicas} wanted already` }
  return { replicas, reason: `a request waits → ${replicas} of ${bounds(policy)}` }
}

function within({ minReplicas, maxReplicas }: AutoscalePolicy, replicas: number): number {
  return Math.min(maxReplicas, Math.max(minReplicas, replicas))
}

function arithmeticOf(policy: AutoscalePolicy, busy: number, needed: number): string {
  const { targetUtilization: target } = policy
  const quotient = shown(busy / target)
  return `busy ${shown(busy)} ÷ ${String(target)} = ${quotient} → ${needed} of ${bounds(policy)}`
}

function bounds({ minReplicas, maxReplicas }: AutoscalePolicy): string {
  return `${minReplicas}–${maxReplicas}`
}

/** One digit after the point; two for what would look like nothing. */
function shown(value: number): string {
  return value.toFixed(value > 0 && value < 0.1 ? 2 : 1)
}

function seconds(milliseconds: number): string {
  return String(Math.round(milliseconds / 100) / 10)
}
