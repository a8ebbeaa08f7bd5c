/** Resolves and installs Python packages with uv. */
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import type { Installer, InstallRequest, Lock, LockRequest } from './installer.ts'
import { formatLock, parseLock } from './lock-file.ts'
import type { IndexOptions } from './pip-entry.ts'
import { runTool, toolEnvironment, type OnLine, type ToolResult } from './run-tool.ts'
import { explainUnbuilt, explainUnresolved, type AskIndex } from './unsatisfiable.ts'

export interface UvOptions {
  uvPath: string
  /** Holds uv's own cache unless UV_CACHE_DIR says otherwise; on the file system of the environments. */
  cacheDir: string
  /** An empty folder to start uv in, so that it finds no project of anybody. */
  workDir: string
  env: NodeJS.ProcessEnv
}

/** The installer, or undefined when there is no uv that runs. */
export async function findUv(options: UvOptions, signal: AbortSignal): Promise<Installer | undefined> {
  const run = { command: options.uvPath, args: ['--version'], cwd: options.workDir, env: {}, quiet: true }
  const { exitCode, stdout } = await runTool(run, () => undefined, signal)
  return exitCode === 0 ? new UvInstaller(options, stdout.split(' ').slice(0, 2).join(' ')) : undefined
}

class UvInstaller implements Installer {
  readonly id: string
  readonly #options: UvOptions

  constructor(options: UvOptions, id: string) {
    this.#options = options
    this.id = id
  }

  async lock(request: LockRequest, onLine: OnLine, signal: AbortSignal): Promise<Lock> {
    const lines: string[] = []
    const wheels = await this.#compile(request, {
      wheelsOnly: true,
      onLine: (line) => lines.push(line),
      signal,
    })
    if (wheels.exitCode !== 0 && needsSources(wheels.stderr)) {
      onLine('not everything has a wheel for this Python: packages may be built from source')
      return this.#lockWithSources(request, onLine, signal)
    }
    lines.forEach(onLine)
    if (wheels.exitCode !== 0) throw await this.#failure(request, wheels.stderr, signal)
    return { packages: parseLock(wheels.stdout), wheelsOnly: true }
  }

  async install(request: InstallRequest, onLine: OnLine, signal: AbortSignal): Promise<void> {
    const args = [
      'install',
      '--target',
      request.targetDir,
      '--no-deps',
      '--require-hashes',
      '--link-mode',
      'hardlink',
    ]
    const result = await this.#run(
      [...args, ...pythonArgs(request), ...wheelArgs(request.lock.wheelsOnly), '-r', '-'],
      { input: formatLock(request.lock.packages), options: request.options, onLine, signal },
    )
    if (result.exitCode !== 0) throw await this.#failure(request, result.stderr, signal)
  }

  async #lockWithSources(request: LockRequest, onLine: OnLine, signal: AbortSignal): Promise<Lock> {
    const result = await this.#compile(request, { wheelsOnly: false, onLine, signal })
    if (result.exitCode !== 0) throw await this.#failure(request, result.stderr, signal)
    return { packages: parseLock(result.stdout), wheelsOnly: false }
  }

  async #failure(request: LockRequest, output: string, signal: AbortSignal): Promise<ApiError> {
    const unbuilt = /Failed to (?:download and )?build[^`]*`([\w.-]+)(==|@)([^`\s]+)`/.exec(output)
    const asker = this.#asker(request.options, signal)
    if (unbuilt) return explainUnbuilt(request, `${unbuilt[1]}==${unbuilt[3]}`, asker)
    if (isUnreachable(output)) return unreachable(output)
    if (/No solution found/.test(output)) return explainUnresolved(request, output, asker)
    return new ApiError('build-failed', `uv could not install the packages: ${lastLines(output)}`, {
      hint: 'Read the build log for the first error.',
    })
  }

  /** Answers questions about the index by resolving one requirement, at the cost of one metadata request. */
  #asker(options: IndexOptions, signal: AbortSignal): AskIndex {
    return async ({ text, python, wheelsOnly, order }) => {
      const resolution = order === 'newest' ? 'highest' : 'lowest'
      const args = ['compile', '--no-deps', '--no-header', '--no-annotate', '--resolution', resolution]
      const result = await this.#run(
        [...args, ...pythonArgs({ python }), ...wheelArgs(wheelsOnly), ...preArgs(options), '-'],
        { input: text, options, onLine: () => undefined, signal, quiet: true },
      )
      return parseLock(result.stdout)[0]?.version
    }
  }

  #compile(
    request: LockRequest,
    how: { wheelsOnly: boolean; onLine: OnLine; signal: AbortSignal },
  ): Promise<ToolResult> {
    const { options, requirements } = request
    const args = ['compile', '--generate-hashes', '--no-header', '--no-annotate', ...pythonArgs(request)]
    return this.#run([...args, ...wheelArgs(how.wheelsOnly), ...preArgs(options), '-'], {
      input: requirements.map(({ text }) => text).join('\n'),
      options,
      onLine: how.onLine,
      signal: how.signal,
      quiet: true,
    })
  }

  async #run(args: readonly string[], { input, options, onLine, signal, quiet }: UvRun): Promise<ToolResult> {
    const { uvPath, workDir } = this.#options
    const env = { ...this.#environment(), ...indexVariables(options, this.#options.env) }
    const tool = { command: uvPath, args: ['pip', ...args], cwd: workDir, env, input, quiet: quiet ?? false }
    const result = await runTool(tool, onLine, signal)
    if (result.exitCode === 127)
      throw new ApiError('unavailable', `uv cannot be started: ${lastLines(result.stderr)}`, {
        hint: 'Run the set-up again.',
      })
    return result
  }

  #environment(): Record<string, string> {
    const env = toolEnvironment(this.#options.env)
    return {
      UV_CACHE_DIR: path.join(this.#options.cacheDir, 'uv'),
      UV_HTTP_RETRIES: '2',
      ...env,
      UV_PYTHON_DOWNLOADS: 'never',
      UV_NO_PROGRESS: '1',
      NO_COLOR: '1',
    }
  }
}

interface UvRun {
  input: string
  options: IndexOptions
  onLine: OnLine
  signal: AbortSignal
  quiet?: boolean
}

/** By environment, not by argument: addresses may hold passwords, and everyone may list arguments. */
function indexVariables(options: IndexOptions, env: NodeJS.ProcessEnv): Record<string, string> {
  const extra = [env['UV_EXTRA_INDEX_URL'] ?? '', ...options.extraIndexUrls].filter(Boolean)
  const links = [env['UV_FIND_LINKS'] ?? '', ...options.findLinks].filter(Boolean)
  return {
    ...(options.indexUrl !== undefined && { UV_DEFAULT_INDEX: options.indexUrl }),
    // pip compares the versions of all indexes, and the author of a conda file expects pip.
    ...(extra.length > 0 && { UV_EXTRA_INDEX_URL: extra.join(' '), UV_INDEX_STRATEGY: 'unsafe-best-match' }),
    ...(links.length > 0 && { UV_FIND_LINKS: links.join(',') }),
  }
}

function pythonArgs({ python }: Pick<LockRequest, 'python'>): string[] {
  return ['--python', python.path]
}

function wheelArgs(wheelsOnly: boolean): string[] {
  return wheelsOnly ? ['--only-binary', ':all:'] : []
}

function preArgs({ prereleases }: IndexOptions): string[] {
  return prereleases ? ['--prerelease', 'allow'] : []
}

function needsSources(output: string): boolean {
  return /usable wheels|--no-build/.test(output) && !isUnreachable(output)
}

function isUnreachable(output: string): boolean {
  return /Failed to fetch|error sending request|network was disabled|Failed to download(?! and build)|dns error/i.test(
    output,
  )
}

function unreachable(output: string): ApiError {
  return new ApiError('unavailable', `the package index cannot be reached: ${lastLines(output)}`, {
    hint: 'Check the network and the proxy, or set UV_DEFAULT_INDEX to an index that can be reached.',
  })
}

function lastLines(output: string): string {
  return output
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
    .slice(-600)
}
