/** What a report repeats, and what it leaves out. */
import { expect, test } from 'vitest'
import { ReportChanges } from './report-changes.ts'

const one = { '/one': { v1: 1 } }
const both = { ...one, '/two': { v1: 1, v2: 2 } }

test('what was told is left out until it changes', () => {
  const changes = new ReportChanges<number>()
  expect(changes.select(both)).toEqual(both)
  changes.confirm({ isKnown: true })
  expect(changes.select(both)).toEqual({})
  expect(changes.select({ ...both, '/one': { v1: 5 } })).toEqual({ '/one': { v1: 5 } })
})

test('what did not arrive is told again', () => {
  const changes = new ReportChanges<number>()
  changes.select(both)
  expect(changes.select(both)).toEqual(both)
})

test('all is told again to an API that knew nothing', () => {
  const changes = new ReportChanges<number>()
  changes.select(both)
  changes.confirm({ isKnown: false })
  expect(changes.select(both)).toEqual(both)
})

test('what was gone for a while is told again', () => {
  const changes = new ReportChanges<number>()
  for (const all of [both, one]) {
    changes.select(all)
    changes.confirm({ isKnown: true })
  }
  expect(changes.select(both)).toEqual({ '/two': both['/two'] })
})
