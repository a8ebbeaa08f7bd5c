// Runs one ring of the vitest suite and writes its report:  node run-vitest.ts <ring> <report file>
import { writeFileSync } from 'node:fs'
import { startVitest, type Reporter, type TestCase, type TestModule } from 'vitest/node'
import type { Report } from './report.ts'

const [ring = '', reportFile = ''] = process.argv.slice(2)

const writeReport: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const report: Report = { passed: 0, failures: [], skipped: [] }
    for (const module of modules) addModule(report, module)
    for (const { message } of unhandledErrors) report.failures.push(`${ring}: unhandled error: ${message}`)
    writeFileSync(reportFile, JSON.stringify(report))
  },
}

function addModule(report: Report, module: TestModule): void {
  const before = report.failures.length
  for (const test of module.children.allTests()) addTest(report, test)
  // A file that cannot be loaded, or a suite whose hook throws, fails without a failed test.
  const named = report.failures.length > before
  if (module.state() === 'failed' && !named) report.failures.push(module.relativeModuleId)
}

function addTest(report: Report, test: TestCase): void {
  const name = `${test.module.relativeModuleId} > ${test.fullName}`
  const result = test.result()
  if (result.state === 'passed') report.passed += 1
  else if (result.state === 'skipped') report.skipped.push({ name, reason: result.note ?? reasonIn(name) })
  else report.failures.push(name)
}

/** Only `context.skip(reason)` leaves a note: elsewhere the title ends with the reason, `… (skipped: …)`. */
function reasonIn(name: string): string {
  return /\((?:skipped: )?([^()]+)\)(?: >|$)/.exec(name)?.[1] ?? 'no reason given'
}

const vitest = await startVitest('test', [], {
  project: [ring],
  watch: false,
  passWithNoTests: true,
  reporters: ['default', writeReport],
})
await vitest.close()
