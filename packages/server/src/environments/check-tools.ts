/** Tells whether this machine has what building environments needs. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Check } from '@slipway/contract'
import { findInterpreters } from './interpreters.ts'
import { findUv } from './uv.ts'

export interface ToolPlaces {
  uvPath: string
  cacheDir: string
  env: NodeJS.ProcessEnv
}

export async function checkTools(
  { uvPath, cacheDir, env }: ToolPlaces,
  signal: AbortSignal,
): Promise<Check[]> {
  const workDir = path.join(cacheDir, 'empty')
  await mkdir(workDir, { recursive: true })
  const [uv, pythons] = await Promise.all([
    findUv({ uvPath, cacheDir, workDir, env }, signal),
    findInterpreters({ env, cacheFile: path.join(cacheDir, 'interpreters.json') }, signal),
  ])
  return [installerCheck(uv?.id), pythonCheck(pythons.map(({ version }) => version))]
}

function installerCheck(uv: string | undefined): Check {
  if (uv !== undefined) return { name: 'installer', status: 'ok', message: uv }
  return {
    name: 'installer',
    status: 'warning',
    message: 'uv was not found; pip is used, which takes far longer',
    hint: 'Run `npm run setup` in the project, which installs uv.',
  }
}

function pythonCheck(versions: readonly string[]): Check {
  if (versions.length > 0) return { name: 'python', status: 'ok', message: `found ${versions.join(', ')}` }
  return {
    name: 'python',
    status: 'failed',
    message: 'no Python from 3.6 on was found',
    hint: 'Install Python 3.9 or newer and put it on the PATH.',
  }
}
