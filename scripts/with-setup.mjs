// Sets the checkout up where that is still needed, then runs a script of the project with its own Node.
// Plain JavaScript for Node 20 and newer, on built-in modules only: nothing is installed when it starts.
import { parseArgs } from 'node:util'
import { launch } from './setup/launch.mjs'
import { setUp, stepSets } from './setup/set-up.mjs'
import { SetupError } from './setup/step-runner.mjs'

const usage = `Usage: node scripts/with-setup.mjs [--checks | --tests | --bench] [--retry] [script [argument…]]`

async function main(argv) {
  const { options, script, args } = split(argv)
  await prepare(options)
  if (script) await launch(script, args)
  else if (!options.help) console.error('set-up  everything is in place')
}

/** Options before the script are ours, all that follows it is the script's. */
function split(argv) {
  const at = argv.findIndex((arg) => !arg.startsWith('-'))
  const end = at === -1 ? argv.length : at
  const flag = { type: 'boolean', default: false }
  const options = { checks: flag, tests: flag, bench: flag, retry: flag, help: flag }
  const { values } = parseArgs({ args: argv.slice(0, end), options })
  return { options: values, script: argv[end], args: argv.slice(end + 1) }
}

async function prepare(options) {
  if (options.help) return console.log(usage)
  const set = Object.keys(stepSets).find((name) => options[name]) ?? 'base'
  const abort = new AbortController()
  const stop = (signal) => abort.abort(new SetupError(`the set-up was stopped by ${signal}`))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  await setUp({ set, retry: options.retry, print: (line) => console.error(line), signal: abort.signal })
  process.off('SIGINT', stop).off('SIGTERM', stop)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const expected = error instanceof SetupError || error.code?.startsWith('ERR_PARSE_ARGS')
  console.error(expected ? error.message : error)
  if (error.code?.startsWith('ERR_PARSE_ARGS')) console.error(usage)
  process.exitCode = 1
}
