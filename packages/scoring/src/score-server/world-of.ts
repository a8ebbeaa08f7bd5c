/** What a score server sees of the process it runs in. */
import { availableParallelism } from 'node:os'
import path from 'node:path'
import type { ScoreServerWorld } from './run-score-server.ts'

/** SIGTERM and SIGINT have the server drain and end; a second one ends the process at once, with 130. */
export function worldOf(process: NodeJS.Process): ScoreServerWorld {
  const told = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // The second one is meant: whoever sends it does not want to wait for calls.
      if (told.signal.aborted) process.exit(130)
      told.abort(new Error(signal))
    })
  return {
    argv: process.argv.slice(2),
    env: process.env,
    workingFolder: process.cwd(),
    pid: process.pid,
    cores: availableParallelism(),
    stdout: process.stdout,
    stderr: process.stderr,
    signal: told.signal,
    workerMain: path.resolve(import.meta.dirname, '../../../../python/worker/main.py'),
    version: 'slipway',
  }
}
