// Runs all tests, or some rings of them:  npm test [-- --ring unit,integration]
import { chooseNames } from './testing/choose-names.ts'
import { interruption } from './testing/interrupt.ts'
import { detailLines, mergeReports, summaryLine, type Report } from './testing/report.ts'
import { allRings, isEmpty, rings, type RingName } from './testing/rings.ts'

async function main(): Promise<void> {
  const chosen = chooseNames('ring', Object.keys(rings), process.argv.slice(2))
  const signal = interruption()
  const reports: { ring: RingName; report: Report; seconds: number }[] = []
  for (const ring of (chosen as RingName[] | undefined) ?? allRings) {
    console.log(`\nring   ${ring}`)
    const startedAt = performance.now()
    const report = await rings[ring](signal)
    reports.push({ ring, report, seconds: (performance.now() - startedAt) / 1000 })
  }
  const total = mergeReports(reports.map(({ report }) => report))
  console.log(['', ...detailLines(total), '', ...reports.map(ringLine), summaryLine(total)].join('\n'))
  process.exitCode = total.failures.length > 0 ? 1 : 0
}

function ringLine({ ring, report, seconds }: { ring: string; report: Report; seconds: number }): string {
  const counts = isEmpty(report) ? 'no tests' : summaryLine(report)
  return `ring   ${ring.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s  ${counts}`
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
