/** Conditions keep the time of their last change. */
import { expect, test } from 'vitest'
import { withCondition } from './conditions.ts'

const first = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-01-01T01:00:00Z')
const ready = { type: 'Ready', status: 'true', reason: 'Built', message: 'built' } as const

test('a condition that stays as it is keeps the time at which it changed', () => {
  const again = withCondition(withCondition([], ready, first), { ...ready, message: 'still' }, later)
  expect(again).toEqual([{ ...ready, message: 'still', changedAt: first.toISOString() }])
})

test('a condition whose status changes gets the time of the change, and leaves others alone', () => {
  const other = { ...ready, type: 'Routed' }
  const before = withCondition(withCondition([], ready, first), other, first)
  const after = withCondition(before, { ...ready, status: 'false' }, later)
  expect(after.map(({ type, status, changedAt }) => [type, status, changedAt])).toEqual([
    ['Routed', 'true', first.toISOString()],
    ['Ready', 'false', later.toISOString()],
  ])
})
