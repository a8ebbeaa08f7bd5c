/** Environment builders for tests: folders of their own, the project's uv, this machine's Pythons. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EnvironmentSpec } from '@slipway/contract'
import {
  createEnvironmentBuilder,
  type EnvironmentBuilder,
  type EnvironmentBuilderOptions,
} from '../../src/environments/environment-builder.ts'

export const toolsDir = path.resolve(import.meta.dirname, '../../../../.cache/tools')

/** Why tests that install packages with uv cannot run here, or nothing. */
export const withoutUv = existsSync(path.join(toolsDir, 'python', 'bin', 'uv'))
  ? ''
  : ' (skipped: the set-up has not installed uv)'

export const never = new AbortController().signal

export interface Bench extends AsyncDisposable {
  dir: string
  options: EnvironmentBuilderOptions
  builder: EnvironmentBuilder
  /** A second server on the same folders. */
  another(changes?: Partial<EnvironmentBuilderOptions>): EnvironmentBuilder
}

/** Removed with everything in it at the end of the test. */
export async function aBench(): Promise<Bench> {
  const dir = await mkdtemp(path.join(tmpdir(), 'slipway-environments-'))
  const options = {
    rootDir: path.join(dir, 'environments'),
    cacheDir: path.join(dir, 'cache'),
    toolsDir,
    env: process.env,
  }
  const builders: EnvironmentBuilder[] = []
  const another: Bench['another'] = (changes) => {
    const builder = createEnvironmentBuilder({ ...options, ...changes })
    builders.push(builder)
    return builder
  }
  return {
    dir,
    options,
    builder: another(),
    another,
    async [Symbol.asyncDispose]() {
      await Promise.all(builders.map((builder) => builder.close()))
      await rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export function aSpec(dependencies: string[], changes: Partial<EnvironmentSpec> = {}): EnvironmentSpec {
  const condaFile = ['name: test', 'dependencies:', ...dependencies].join('\n')
  return EnvironmentSpec.parse({ condaFile, ...changes })
}

/** What a program prints in an environment. */
export function runPython(
  environment: { siteDir: string; python: { path: string } },
  program: string,
): string {
  const env = { PYTHONPATH: environment.siteDir, PYTHONDONTWRITEBYTECODE: '1', PATH: process.env['PATH'] }
  const { stdout, stderr } = spawnSync(environment.python.path, ['-c', program], { env, encoding: 'utf8' })
  return stdout.trim() || stderr
}
