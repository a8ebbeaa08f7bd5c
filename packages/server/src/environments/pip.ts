/** Resolves and installs Python packages with pip, for machines without uv: slower, same results. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ApiError, type LockedPackage } from '@slipway/contract'
import { acquireFolderLock } from './folder-lock.ts'
import type { Installer, InstallRequest, Lock, LockRequest } from './installer.ts'
import { formatLock } from './lock-file.ts'
import { normalizeName, type IndexOptions } from './pip-entry.ts'
import { compareVersions, satisfies, type FoundPython } from './python-version.ts'
import { runTool, toolEnvironment, type OnLine, type ToolResult } from './run-tool.ts'
import { explainUnbuilt, explainUnresolved, type AskIndex, type IndexQuestion } from './unsatisfiable.ts'

export interface PipOptions {
  /** Holds one pip per Python, and what it has downloaded. */
  cacheDir: string
  env: NodeJS.ProcessEnv
}

export function pipInstaller(options: PipOptions): Installer {
  return new PipInstaller(options)
}

class PipInstaller implements Installer {
  readonly id = 'pip'
  readonly #options: PipOptions

  constructor(options: PipOptions) {
    this.#options = options
  }

  async lock(request: LockRequest, onLine: OnLine, signal: AbortSignal): Promise<Lock> {
    await mkdir(this.#downloads(), { recursive: true })
    const folder = await mkdtemp(path.join(this.#downloads(), 'lock-'))
    try {
      await this.#download(request, folder, { onLine, signal })
      const packages = await this.#keep(folder)
      return { packages, wheelsOnly: false }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async install(request: InstallRequest, onLine: OnLine, signal: AbortSignal): Promise<void> {
    const list = `${request.targetDir}.txt`
    await writeFile(list, formatLock(request.lock.packages))
    const args = ['install', '--target', request.targetDir, '--no-deps', '--require-hashes', '--no-compile']
    try {
      const result = await this.#run(request, [...args, '--find-links', this.#downloads(), '-r', list], {
        onLine,
        signal,
      })
      if (result.exitCode !== 0) throw await this.#failure(request, result, signal)
    } finally {
      await rm(list, { force: true })
    }
  }

  /** Wheels if they will do, as with uv; else what must be built. */
  async #download(request: LockRequest, folder: string, watch: Watch): Promise<void> {
    const list = path.join(folder, 'requirements.txt')
    await writeFile(list, request.requirements.map(({ text }) => text).join('\n'))
    const args = ['download', '--dest', folder, '--find-links', this.#downloads(), '-r', list]
    const quiet = { onLine: () => undefined, signal: watch.signal }
    const wheels = await this.#run(request, [...args, '--only-binary', ':all:'], quiet)
    const result = wheels.exitCode === 0 ? wheels : await this.#run(request, args, watch)
    if (result.exitCode !== 0) throw await this.#failure(request, result, watch.signal)
    await rm(list)
  }

  /** Moves the files to where `install` finds them. */
  async #keep(folder: string): Promise<LockedPackage[]> {
    const files = await readdir(folder)
    const packages = await Promise.all(files.map((file) => describeFile(path.join(folder, file))))
    for (const file of files) await rename(path.join(folder, file), path.join(this.#downloads(), file))
    return packages.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async #failure(request: LockRequest, result: ToolResult, signal: AbortSignal): Promise<ApiError> {
    const output = `${result.stdout}\n${result.stderr}`
    if (/Retrying \(Retry\(|NewConnectionError|Temporary failure in name resolution|ProxyError/.test(output))
      return new ApiError('unavailable', 'the package index cannot be reached', {
        hint: 'Check the network and the proxy, or set PIP_INDEX_URL to an index that can be reached.',
      })
    const ask = this.#asker(request, signal)
    const unbuilt = /Failed building wheel for ([\w.-]+)|Failed to build '?([\w.-]+)/.exec(output)
    const name = unbuilt?.[1] ?? unbuilt?.[2]
    if (name !== undefined) return explainUnbuilt(request, normalizeName(name), ask)
    return explainUnresolved(request, errorsIn(output), ask)
  }

  /** One pip answers for all Pythons, and once for all questions about one name. */
  #asker(request: LockRequest, signal: AbortSignal): AskIndex {
    const answers = new Map<string, Promise<ToolResult>>()
    const list = (args: readonly string[]) => {
      const answer =
        answers.get(args.join(' ')) ?? this.#run(request, args, { onLine: () => undefined, signal })
      answers.set(args.join(' '), answer)
      return answer
    }
    return async (question) => {
      const [, name = '', constraint = ''] = /^([\w.-]+)(?:\[[^\]]*\])?\s*([^;@]*)/.exec(question.text) ?? []
      const { stdout } = await list(['index', 'versions', name, ...askArguments(question, request)])
      const versions = /Available versions: (.*)/.exec(stdout)?.[1]?.split(', ') ?? []
      const matching = versions.filter((version) => satisfies(version, constraint)).sort(compareVersions)
      return question.order === 'newest' ? matching.at(-1) : matching[0]
    }
  }

  async #run(
    { python, options }: Pick<LockRequest, 'python' | 'options'>,
    args: readonly string[],
    { onLine, signal }: Watch,
  ): Promise<ToolResult> {
    const pip = await this.#ensurePip(python, { onLine, signal })
    const pre = options.prereleases && args[0] === 'download' ? ['--pre'] : []
    const env = { ...this.#environment(), ...indexVariables(options, this.#options.env) }
    const command = { command: pip, args: ['-m', 'pip', ...args, ...pre], cwd: this.#options.cacheDir, env }
    return runTool(command, onLine, signal)
  }

  /** A Python with the newest pip that works on it: the one that came with an old Python finds few wheels. */
  async #ensurePip(python: FoundPython, watch: Watch): Promise<string> {
    const home = path.join(this.#options.cacheDir, 'pip', `${python.version}-${python.tag}`)
    const command = path.join(home, 'bin', 'python')
    if (await this.#works(command, watch.signal)) return command
    const lock = await acquireFolderLock(`${home}.lock`, watch.signal)
    try {
      if (!(await this.#works(command, watch.signal))) await this.#installPip(python, home, watch)
      return command
    } finally {
      await lock.release()
    }
  }

  async #works(command: string, signal: AbortSignal): Promise<boolean> {
    const run = { command, args: ['-m', 'pip', '--version'], cwd: '/', env: this.#environment(), quiet: true }
    return (await runTool(run, () => undefined, signal)).exitCode === 0
  }

  async #installPip(python: FoundPython, home: string, { onLine, signal }: Watch): Promise<void> {
    const run = { cwd: '/', env: this.#environment() }
    const made = await runTool(
      { ...run, command: python.path, args: ['-m', 'venv', '--clear', home] },
      onLine,
      signal,
    )
    if (made.exitCode !== 0)
      throw new ApiError('unavailable', `there is no uv, and Python ${python.version} has no pip`, {
        hint: 'Run the set-up again, which installs uv.',
      })
    // Without the network, the pip that is there must do.
    const command = path.join(home, 'bin', 'python')
    await runTool({ ...run, command, args: ['-m', 'pip', 'install', '-q', '-U', 'pip'] }, onLine, signal)
  }

  #downloads(): string {
    return path.join(this.#options.cacheDir, 'pip', 'downloads')
  }

  #environment(): Record<string, string> {
    const PIP_CACHE_DIR = path.join(this.#options.cacheDir, 'pip', 'http')
    return {
      PIP_CACHE_DIR,
      PIP_NO_COLOR: '1',
      PIP_PROGRESS_BAR: 'off',
      PIP_NO_INPUT: '1',
      ...toolEnvironment(this.#options.env),
    }
  }
}

interface Watch {
  onLine: OnLine
  signal: AbortSignal
}

function askArguments({ python, wheelsOnly }: IndexQuestion, request: LockRequest): string[] {
  const foreign = python.version !== request.python.version
  return [
    ...(wheelsOnly || foreign ? ['--only-binary', ':all:'] : []),
    ...(foreign ? ['--python-version', python.version] : []),
    ...(request.options.prereleases ? ['--pre'] : []),
  ]
}

function indexVariables(options: IndexOptions, env: NodeJS.ProcessEnv): Record<string, string> {
  const extra = [env['PIP_EXTRA_INDEX_URL'] ?? '', ...options.extraIndexUrls].filter(Boolean)
  const links = [env['PIP_FIND_LINKS'] ?? '', ...options.findLinks].filter(Boolean)
  return {
    ...(options.indexUrl !== undefined && { PIP_INDEX_URL: options.indexUrl }),
    ...(extra.length > 0 && { PIP_EXTRA_INDEX_URL: extra.join(' ') }),
    ...(links.length > 0 && { PIP_FIND_LINKS: links.join(' ') }),
  }
}

async function describeFile(file: string): Promise<LockedPackage> {
  const base = path.basename(file)
  const wheel = /^([^-]+)-([^-]+)-.*\.whl$/.exec(base)
  const source = /^(.+)-(\d[^-]*?)\.(?:tar\.\w+|tgz|zip)$/.exec(base)
  const [, name = base, version = 'unknown'] = wheel ?? source ?? []
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return { name: normalizeName(name), version, hashes: [`sha256:${hash.digest('hex')}`] }
}

function errorsIn(output: string): string {
  const errors = output.split('\n').filter((line) => /^ERROR|depends on|conflict/i.test(line.trim()))
  return `cause: ${errors.join(' ')}`
}
