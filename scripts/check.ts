// Runs the checks that every change passes:  npm run check [-- --only lint,types]
import { checks, runChecks } from './testing/checks.ts'
import { chooseNames } from './testing/choose-names.ts'
import { interruption } from './testing/interrupt.ts'

async function main(): Promise<void> {
  const known = checks.map(({ name }) => name)
  const names = chooseNames('only', known, process.argv.slice(2)) ?? known
  const results = await runChecks(names, interruption())
  const failed = results.filter(({ passed }) => !passed)
  console.log(
    failed.length > 0 ? `failed: ${failed.map(({ name }) => name).join(', ')}` : 'all checks passed',
  )
  process.exitCode = failed.length > 0 ? 1 : 0
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
