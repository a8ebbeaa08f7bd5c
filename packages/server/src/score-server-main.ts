/** `slipway score-server --environment`: the score server with a conda environment, which is installed once and kept. */
import { mkdir } from 'node:fs/promises'
import { availableParallelism, homedir } from 'node:os'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import { runScoreServer, type BuildEnvironment } from '@slipway/scoring'
import { createEnvironmentBuilder } from './environments/environment-builder.ts'

const projectDir = path.resolve(import.meta.dirname, '../../..')

const told = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (told.signal.aborted) process.exit(130)
    told.abort(new Error(signal))
  })

process.exit(await run().catch(explain))

async function run(): Promise<number> {
  return await runScoreServer({
    argv: process.argv.slice(2),
    env: process.env,
    workingFolder: process.cwd(),
    pid: process.pid,
    cores: availableParallelism(),
    stdout: process.stdout,
    stderr: process.stderr,
    signal: told.signal,
    workerMain: path.join(projectDir, 'python', 'worker', 'main.py'),
    version: 'slipway',
    buildEnvironment,
  })
}

/** Environments stay in a folder of the user: the second start with the same conda file takes no time. */
async function buildEnvironment(
  ...[condaFile, onLine, signal]: Parameters<BuildEnvironment>
): ReturnType<BuildEnvironment> {
  const home = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache')
  const cacheDir = path.join(home, 'slipway')
  const rootDir = path.join(cacheDir, 'environments')
  await mkdir(rootDir, { recursive: true })
  const toolsDir = path.join(projectDir, '.cache', 'tools')
  const builder = createEnvironmentBuilder({ rootDir, cacheDir, toolsDir, env: process.env })
  try {
    const resolved = await builder.resolve({ runtime: 'python', condaFile, strict: false }, onLine, signal)
    const { siteDir, hash } = await builder.build(resolved, onLine, signal)
    await builder.compiled(hash, signal)
    return { python: resolved.python.path, siteDir, variables: resolved.variables }
  } finally {
    await builder.close()
  }
}

function explain(error: unknown): number {
  if (told.signal.aborted) return 0
  if (!(error instanceof ApiError)) throw error
  const hint = error.hint === undefined ? '' : `\n${error.hint}`
  process.stderr.write(`slipway score-server: ${error.message}${hint}\n`)
  return 1
}
