/** Entry point of images and of `slipway score-server`: the only place here that reads the process. */
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { runScoreServer } from './score-server/run-score-server.ts'

const told = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    // The second one is meant: whoever sends it does not want to wait for calls.
    if (told.signal.aborted) process.exit(130)
    told.abort(new Error(signal))
  })

const code = await runScoreServer({
  argv: process.argv.slice(2),
  env: process.env,
  workingFolder: process.cwd(),
  pid: process.pid,
  cores: availableParallelism(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: told.signal,
  workerMain: path.resolve(import.meta.dirname, '../../../python/worker/main.py'),
  version: 'slipway',
})
process.exit(code)
