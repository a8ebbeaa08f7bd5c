// Tests of the summary: its last line, and that no failure gets lost on the way to it.
import { describe, expect, test } from 'vitest'
import { reportFromChecks } from './checks.ts'
import { chooseNames } from './choose-names.ts'
import { reportFromJunit } from './junit-report.ts'
import { detailLines, mergeReports, readReport, summaryLine, type Report } from './report.ts'

const report: Report = {
  passed: 3,
  failures: ['b fails'],
  skipped: [{ name: 'c', reason: 'there is no PostgreSQL' }],
}

test('the summary adds up all runners and names skips and failures', () => {
  const total = mergeReports([report, { passed: 4, failures: [], skipped: [] }])
  expect(summaryLine(total)).toBe('7 passed, 1 failed, 1 skipped')
  expect(detailLines(total)).toEqual(['skipped  c: there is no PostgreSQL', 'failed   b fails'])
})

describe('readReport', () => {
  const clean = JSON.stringify({ ...report, failures: [] })

  test('takes the report of a runner that ended well as it is', () => {
    expect(summaryLine(readReport('e2e', clean, 0))).toBe('3 passed, 0 failed, 1 skipped')
  })

  test('counts a runner that failed without a failed test', () => {
    expect(readReport('e2e', clean, 1).failures).toEqual(['e2e: ended with code 1'])
  })

  test('does not count its named failures twice', () => {
    expect(readReport('e2e', JSON.stringify(report), 1).failures).toEqual(['b fails'])
  })

  test('counts a runner that wrote nothing, whatever its code', () => {
    expect(readReport('e2e', undefined, 0).failures).toEqual(['e2e: ended with code 0, without a report'])
  })
})

test('a check that is no test run counts only when it fails', () => {
  const results = [
    { name: 'lint', passed: true, seconds: 1 },
    { name: 'types', passed: false, seconds: 1 },
    { name: 'unit', passed: false, seconds: 1, report },
  ]
  const total = mergeReports(reportFromChecks(results))
  expect(summaryLine(total)).toBe('3 passed, 2 failed, 1 skipped')
  expect(total.failures).toEqual(['check types', 'b fails'])
})

test('the file of pytest is read: passes, failures, errors, skips with their reasons', () => {
  const xml = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="4">
    <testcase classname="tests.test_frames" name="test_round_trip" time="0.1" />
    <testcase classname="tests.test_frames" name="test_cut[a&lt;b]" time="0.1"><failure message="no">x</failure></testcase>
    <testcase classname="tests.test_frames" name="test_setup"><error message="fixture">x</error></testcase>
    <testcase classname="tests.test_old" name="test_36"><skipped type="pytest.skip" message="no Python 3.6 &amp; no 3.7">x</skipped></testcase>
    <testcase classname="tests.test_old" name="test_after"><properties></properties></testcase>
    </testsuite></testsuites>`
  expect(reportFromJunit(xml)).toEqual({
    passed: 2,
    failures: ['tests.test_frames.test_cut[a<b]', 'tests.test_frames.test_setup'],
    skipped: [{ name: 'tests.test_old.test_36', reason: 'no Python 3.6 & no 3.7' }],
  })
})

describe('chooseNames', () => {
  test('reads one list or several options', () => {
    expect(chooseNames('ring', ['unit', 'e2e'], ['--ring', 'unit,e2e'])).toEqual(['unit', 'e2e'])
    expect(chooseNames('ring', ['unit', 'e2e'], ['--ring', 'unit', '--ring=e2e'])).toEqual(['unit', 'e2e'])
    expect(chooseNames('ring', ['unit'], [])).toBeUndefined()
  })

  test('refuses a name that is not known, and lists those that are', () => {
    expect(() => chooseNames('only', ['lint', 'types'], ['--only', 'lnt'])).toThrow(
      '--only knows lint, types; got lnt',
    )
  })
})
