// The rings of tests around the checks: what each runs, in its own process, and its report.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { pythonToolsDir, root, venvProgram } from '../setup/places.mjs'
import { reportDir, reportFromChecks, checks, runChecks } from './checks.ts'
import { reportFromJunit } from './junit-report.ts'
import { emptyReport, mergeReports, readIfPresent, readReport, type Report } from './report.ts'

type RunRing = (signal: AbortSignal) => Promise<Report>

/** Every ring by name, inner to outer. `check` contains `unit`. */
export const rings = {
  check: runAllChecks,
  unit: (signal) => runVitest('unit', signal),
  python: runPytest,
  integration: (signal) => runVitest('integration', signal),
  conformance: (signal) => runVitest('conformance', signal),
  e2e: (signal) => runVitest('e2e', signal),
} as const satisfies Record<string, RunRing>

export type RingName = keyof typeof rings

/** What a complete run consists of. */
export const allRings: readonly RingName[] = ['check', 'python', 'integration', 'conformance', 'e2e']

async function runAllChecks(signal: AbortSignal): Promise<Report> {
  const results = await runChecks(
    checks.map(({ name }) => name),
    signal,
  )
  return mergeReports(reportFromChecks(results))
}

async function runVitest(ring: string, signal: AbortSignal): Promise<Report> {
  const file = freshFile(`${ring}.json`)
  const code = await runVisibly(['node', 'scripts/testing/run-vitest.ts', ring, file], { cwd: root, signal })
  return readReport(ring, readIfPresent(file), code)
}

async function runPytest(signal: AbortSignal): Promise<Report> {
  const reports: Report[] = []
  for (const dir of pythonPackages()) reports.push(await runPytestIn(dir, signal))
  return mergeReports(reports)
}

function pythonPackages(): string[] {
  const home = path.join(root, 'python')
  const dirs = readdirSync(home).map((name) => path.join(home, name))
  return dirs.filter((dir) => existsSync(path.join(dir, 'tests')))
}

async function runPytestIn(dir: string, signal: AbortSignal): Promise<Report> {
  const name = `pytest ${path.relative(root, dir)}`
  const file = freshFile(`pytest-${path.basename(dir)}.xml`)
  const pytest = [venvProgram(pythonToolsDir, 'python'), '-m', 'pytest', '-q']
  const code = await runVisibly([...pytest, `--junit-xml=${file}`, 'tests'], { cwd: dir, signal })
  const xml = readIfPresent(file)
  return readReport(name, xml && JSON.stringify(reportFromJunit(xml)), code)
}

function freshFile(name: string): string {
  mkdirSync(reportDir, { recursive: true })
  const file = path.join(reportDir, name)
  rmSync(file, { force: true })
  return file
}

/** Resolves with the exit code; the output goes where ours goes. */
function runVisibly(
  command: readonly string[],
  options: { cwd: string; signal: AbortSignal },
): Promise<number> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** A ring without tests says so instead of looking like a pass. */
export function isEmpty(report: Report): boolean {
  return JSON.stringify(report) === JSON.stringify(emptyReport)
}
