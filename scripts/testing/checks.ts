// The checks that every change passes: what each runs, and running them side by side.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { pythonToolsDir, root, venvProgram } from '../setup/places.mjs'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { emptyReport, readIfPresent, readReport, summaryLine, type Report } from './report.ts'

interface Check {
  name: string
  command: readonly string[]
  /** Where it runs; the checkout by default. */
  cwd?: string
  /** The script that the command runs, when it may not exist yet. */
  needs?: string
}

interface Attempt {
  passed: boolean
  output: string
}

export interface CheckResult {
  name: string
  passed: boolean
  seconds: number
  /** Set when the check is a test run. */
  report?: Report
}

const pythonDir = path.join(root, 'python')
const python = (name: string): string => venvProgram(pythonToolsDir, name)
export const reportDir = path.join(root, '.cache', 'test')
const unitReport = path.join(reportDir, 'unit.json')

/** The slow ones first, so that the quick ones fill the gaps. */
export const checks: readonly Check[] = [
  { name: 'unit', command: ['node', 'scripts/testing/run-vitest.ts', 'unit', unitReport] },
  { name: 'python-types', command: [python('mypy'), '--strict', '.'], cwd: pythonDir },
  { name: 'lint', command: ['oxlint', '--type-aware', '--max-warnings', '0'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'python-lint', command: [python('ruff'), 'check', '.'], cwd: pythonDir },
  { name: 'python-format', command: [python('ruff'), 'format', '--check', '.'], cwd: pythonDir },
  { name: 'reference', command: ['node', 'scripts/reference.ts', '--check'], needs: 'scripts/reference.ts' },
]

/** Runs the checks called `names`, as many at a time as there are cores, and prints how each ended. */
export async function runChecks(names: readonly string[], signal: AbortSignal): Promise<CheckResult[]> {
  mkdirSync(reportDir, { recursive: true })
  const queue = checks.filter(
    ({ name, needs = '' }) => names.includes(name) && existsSync(path.join(root, needs)),
  )
  const results: CheckResult[] = []
  const lane = async (): Promise<void> => {
    for (let check = queue.shift(); check; check = queue.shift()) results.push(await runCheck(check, signal))
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane))
  return results
}

async function runCheck({ name, command, cwd = root }: Check, signal: AbortSignal): Promise<CheckResult> {
  const startedAt = performance.now()
  rmSync(path.join(reportDir, `${name}.json`), { force: true })
  const { passed, output } = await attempt(command, { cwd, signal })
  const report = name === 'unit' ? readReport(name, readIfPresent(unitReport), passed ? 0 : 1) : undefined
  const result = { name, passed, seconds: (performance.now() - startedAt) / 1000, ...(report && { report }) }
  console.log(describeResult(result))
  if (!passed) console.log(output.trimEnd())
  return result
}

async function attempt(
  command: readonly string[],
  options: { cwd: string; signal: AbortSignal },
): Promise<Attempt> {
  try {
    return { passed: true, output: await runCommand([...command], options) }
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof CommandError) return { passed: false, output: error.output || error.message }
    throw error
  }
}

function describeResult({ name, passed, seconds, report }: CheckResult): string {
  const verdict = passed ? 'ok    ' : 'FAILED'
  const counts = report ? `  ${summaryLine(report)}` : ''
  return `check  ${verdict}  ${name.padEnd(14)} ${seconds.toFixed(1).padStart(5)} s${counts}`
}

/** All checks as one report: the tests among them count as tests, any other counts only when it failed. */
export function reportFromChecks(results: readonly CheckResult[]): Report[] {
  return results.map(({ name, passed, report }) => {
    if (report) return report
    return passed ? emptyReport : { ...emptyReport, failures: [`check ${name}`] }
  })
}
