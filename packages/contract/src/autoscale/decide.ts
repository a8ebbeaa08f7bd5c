/** The autoscaler's arithmetic: how many replicas a version should have, given how busy it was. */
import { ceiling } from './ceiling.ts'

/** Samples in each refresh period: each looks back over one, and a burst is seen before it has lasted for one. */
export const samplesPerPeriod = 4

export interface AutoscalePolicy {
  /** 0 lets a version rest without a replica. */
  minReplicas: number
  maxReplicas: number
  /** Part of the replicas that is to be busy, above 0 and at most 1. */
  targetUtilization: number
  /** Time for which replicas stay after they were needed last. */
  scaleDownDelayMs: number
}

/** What one decision hands to the next. */
export interface AutoscaleState {
  replicas: number
  /** What was needed within the delay, oldest first, without what more was needed after. */
  recent?: readonly Need[] | undefined
}

export interface Need {
  replicas: number
  /** On the clock of the samples. */
  atMs: number
}

export interface AutoscaleSample {
  /** Mean over the last refresh period of busy replicas, waiting calls counted as if a replica had them. */
  busy: number
  /** Any clock that does not go back. */
  nowMs: number
}

export interface AutoscaleDecision extends AutoscaleState {
  /** The arithmetic, such as `busy 3.4 ÷ 0.7 = 4.9 → 5 of 1–10`. */
  reason: string
}

/**
 * As many replicas as were needed at most within the delay: more at once, fewer when none of those that go was needed for
 * so long. What there is at the beginning counts as needed then. Never leaves the bounds, also when they have just
 * changed.
 */
export function decide(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  { busy, nowMs }: AutoscaleSample,
): AutoscaleDecision {
  const needed = within(policy, ceiling(busy / policy.targetUtilization))
  const { recent = [{ replicas: state.replicas, atMs: nowMs }] } = state
  const standing = recent.filter(
    ({ replicas, atMs }) => replicas > needed && atMs > nowMs - policy.scaleDownDelayMs,
  )
  const most = within(policy, standing[0]?.replicas ?? needed)
  return {
    replicas: most,
    recent: [...standing, { replicas: needed, atMs: nowMs }],
    reason: reasonOf(policy, { busy, needed, most, isFewer: most < state.replicas }),
  }
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

interface Outcome {
  busy: number
  needed: number
  most: number
  isFewer: boolean
}

function reasonOf(policy: AutoscalePolicy, { busy, needed, most, isFewer }: Outcome): string {
  const { targetUtilization: target, scaleDownDelayMs } = policy
  const arithmetic = `busy ${quotientText(busy, target)} → ${needed} of ${bounds(policy)}`
  if (most === needed && !isFewer) return arithmetic
  return `${arithmetic}, at most ${most} in the last ${Math.round(scaleDownDelayMs / 100) / 10} s`
}

function bounds({ minReplicas, maxReplicas }: AutoscalePolicy): string {
  return `${minReplicas}–${maxReplicas}`
}

/** With one digit after the point, or as many more as a reader needs to round up to the same number. */
function quotientText(busy: number, target: number): string {
  const quotient = busy / target
  const looksRight = (digits: number) =>
    ceiling(Number(quotient.toFixed(digits))) === ceiling(quotient) &&
    (busy === 0 || Number(busy.toFixed(digits)) > 0)
  const digits = [1, 2, 3].find(looksRight) ?? 4
  return `${busy.toFixed(digits)} ÷ ${target} = ${quotient.toFixed(digits)}`
}
