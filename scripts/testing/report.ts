// What a test runner reports, and the summary over all of them.
import { readFileSync } from 'node:fs'

export interface Skipped {
  name: string
  reason: string
}

/** The outcome of one runner: counts of tests, and the names that a reader needs. */
export interface Report {
  passed: number
  failures: string[]
  skipped: Skipped[]
}

export const emptyReport: Report = { passed: 0, failures: [], skipped: [] }

export function mergeReports(reports: readonly Report[]): Report {
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failures: reports.flatMap(({ failures }) => failures),
    skipped: reports.flatMap(({ skipped }) => skipped),
  }
}

/** The line that ends every test run. */
export function summaryLine({ passed, failures, skipped }: Report): string {
  return `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`
}

/** One line per skip and per failure, for a person. */
export function detailLines({ failures, skipped }: Report): string[] {
  return [
    ...skipped.map(({ name, reason }) => `skipped  ${name}: ${reason}`),
    ...failures.map((name) => `failed   ${name}`),
  ]
}

/**
 * Reads what a runner wrote. A runner that failed without naming a failed test, or wrote nothing,
 * counts as one failure: no run may look better than its exit code.
 */
export function readReport(runner: string, text: string | undefined, exitCode: number): Report {
  if (text === undefined)
    return { ...emptyReport, failures: [`${runner}: ended with code ${exitCode}, without a report`] }
  const report = JSON.parse(text) as Report
  if (exitCode === 0 || report.failures.length > 0) return report
  return { ...report, failures: [`${runner}: ended with code ${exitCode}`] }
}

/** The content of a file, or undefined when it was never written. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
