/** Statements about a resource: set one, keeping the time at which its status last changed. */
import type { Condition } from '@slipway/contract'

export interface Statement {
  type: string
  status: Condition['status']
  /** One word for programs. */
  reason: string
  /** One sentence for people. */
  message: string
  observedGeneration?: number
}

/** The conditions with `statement` in place of the one of its type. */
export function withCondition(
  conditions: readonly Condition[],
  statement: Statement,
  now: Date,
): Condition[] {
  const before = conditions.find(({ type }) => type === statement.type)
  const changedAt = before?.status === statement.status ? before.changedAt : now.toISOString()
  const others = conditions.filter(({ type }) => type !== statement.type)
  return [...others, { ...statement, changedAt }]
}
