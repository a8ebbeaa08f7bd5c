/** `slipway score-server --environment`: the score server with a conda environment, which is installed once and kept. */
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import { runScoreServer, worldOf, type BuildEnvironment } from '@slipway/scoring'
import { createEnvironmentBuilder } from './environments/environment-builder.ts'

const projectDir = path.resolve(import.meta.dirname, '../../..')

const world = worldOf(process)
process.exit(await runScoreServer({ ...world, buildEnvironment }).catch(explain))

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
  if (world.signal.aborted) return 0
  if (!(error instanceof ApiError)) throw error
  const hint = error.hint === undefined ? '' : `\n${error.hint}`
  process.stderr.write(`slipway score-server: ${error.message}${hint}\n`)
  return 1
}
