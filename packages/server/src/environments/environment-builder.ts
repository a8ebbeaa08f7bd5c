/** Resolves the environment that a conda file describes, and builds each one once. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import {
  ApiError,
  type Check,
  type EnvironmentSpec,
  type Interpreter,
  type LockedPackage,
} from '@slipway/contract'
import { parseCondaFile } from './conda-file.ts'
import { planEnvironment, type EnvironmentPlan } from './conda-to-pypi.ts'
import type { Installer, Lock, LockRequest } from './installer.ts'
import { findInterpreters } from './interpreters.ts'
import { formatLock } from './lock-file.ts'
import { pipInstaller } from './pip.ts'
import { choosePython, compareVersions, type FoundPython } from './python-version.ts'
import { ResolutionCache } from './resolution-cache.ts'
import type { OnLine } from './run-tool.ts'
import { SingleFlight } from './single-flight.ts'
import { SiteStore, type SiteManifest } from './site.ts'
import { findUv } from './uv.ts'

export interface EnvironmentBuilderOptions {
  /** Where environments stand; on the file system of `cacheDir`, so that files are linked and not copied. */
  rootDir: string
  /** For downloads, resolutions and what is known of the machine; may be removed at any time. */
  cacheDir: string
  /** Where the set-up puts tools: uv is in its `python/bin`. */
  toolsDir: string
  /** Another uv to use. Without any that starts, pip is used. */
  uvPath?: string
  /** Of the server: where Pythons are, which index and proxy to use. Secrets in it are not handed on. */
  env: NodeJS.ProcessEnv
}

export interface ResolvedEnvironment {
  /** Of interpreter, platform and lock: equal hashes are equal environments. 64 hexadecimal digits. */
  hash: string
  python: Interpreter
  packages: LockedPackage[]
  /** Packages asked for that Slipway provides itself. */
  provided: string[]
  /** What is different from what was asked for, in sentences. */
  warnings: string[]
  /** Environment variables that the conda file sets for the script. */
  variables: Record<string, string>
  /** What `build` needs besides. */
  request: LockRequest & { lock: Lock }
}

export interface BuiltEnvironment {
  hash: string
  python: Interpreter
  /** Goes into PYTHONPATH; must not be written to. */
  siteDir: string
  /** Without bytecode. */
  sizeBytes: number
  /** How long the build took when it was done. */
  seconds: number
  /** SHA-256 over the sorted files, without bytecode. */
  digest: string
}

export interface EnvironmentBuilder {
  /** Throws `invalid`, `unsupported` or `unsatisfiable` with the line at fault, `unavailable` without an index. */
  resolve(spec: EnvironmentSpec, onLine: OnLine, signal: AbortSignal): Promise<ResolvedEnvironment>
  /** Returns at once when it is built; among many callers and processes, one builds. */
  build(resolved: ResolvedEnvironment, onLine: OnLine, signal: AbortSignal): Promise<BuiltEnvironment>
  /** Resolves once bytecode is written, which began when `build` returned: import times are then at their best. */
  compiled(hash: string, signal: AbortSignal): Promise<void>
  /** The environment, if it is built and whole. */
  open(hash: string, signal?: AbortSignal): Promise<BuiltEnvironment | undefined>
  /** Succeeds when it is not there. What asks for it again is resolved afresh. */
  remove(hash: string, signal?: AbortSignal): Promise<void>
  /** Whether the tools and the Pythons that builds need are there. */
  check(signal: AbortSignal): Promise<Check[]>
  /** Stops work in the background. */
  close(): Promise<void>
}

/** Also removes, in the background, what an interrupted build has left. */
export function createEnvironmentBuilder(options: EnvironmentBuilderOptions): EnvironmentBuilder {
  return new Builder(options)
}

class Builder implements EnvironmentBuilder {
  readonly #options: EnvironmentBuilderOptions
  readonly #sites: SiteStore
  readonly #resolutions: ResolutionCache
  readonly #swept: Promise<void>
  readonly #locks = new SingleFlight<Lock>()
  readonly #builds = new SingleFlight<SiteManifest>()
  readonly #compilations = new SingleFlight<void>()
  readonly #background = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #installer: Promise<Installer> | undefined

  constructor(options: EnvironmentBuilderOptions) {
    this.#options = options
    this.#sites = new SiteStore(options)
    this.#resolutions = new ResolutionCache(path.join(options.cacheDir, 'resolutions'))
    // What cannot be removed now is tried again with the next build of the same environment.
    this.#swept = this.#sites.sweep().catch(() => undefined)
  }

  async resolve(spec: EnvironmentSpec, onLine: OnLine, signal: AbortSignal): Promise<ResolvedEnvironment> {
    if (spec.runtime !== 'python') throw notPython(spec.runtime)
    const plan = planEnvironment(parseCondaFile(spec.condaFile ?? ''))
    const found = await findInterpreters(this.#machine(), signal)
    const { python, warning } = choosePython(found, { ...plan.python, strict: spec.strict })
    const warnings = warning === undefined ? plan.warnings : [warning, ...plan.warnings]
    warnings.forEach((text) => onLine(`warning: ${text}`))
    const request = requestOf(plan, python, found)
    const lock = await this.#lock(request, onLine, signal)
    return {
      hash: hashOf(python, lock),
      python: { version: python.version, path: python.path },
      packages: lock.packages,
      provided: plan.provided,
      warnings,
      variables: plan.variables,
      request: { ...request, lock },
    }
  }

  async build(resolved: ResolvedEnvironment, onLine: OnLine, signal: AbortSignal): Promise<BuiltEnvironment> {
    const { hash, python, request } = resolved
    const manifest = await this.#builds.run(hash, { onLine, signal }, async (watcher) => {
      const there = await this.#sites.open(hash, watcher.signal)
      if (there) return there
      await this.#swept
      return this.#sites.ensure({ hash, python, ...watcher }, async (targetDir) => {
        if (request.lock.packages.length === 0) return
        const installer = await this.#tool()
        await installer.install({ ...request, targetDir }, watcher.onLine, watcher.signal)
      })
    })
    this.#compileInBackground(manifest)
    return this.#describe(manifest)
  }

  async compiled(hash: string, signal: AbortSignal): Promise<void> {
    const manifest = await this.#sites.open(hash, signal)
    if (!manifest)
      throw new ApiError('not-found', `environment ${hash} is not built`, { hint: 'Build it first.' })
    await this.#compile(manifest, signal)
  }

  async open(hash: string, signal = this.#closing.signal): Promise<BuiltEnvironment | undefined> {
    const manifest = await this.#sites.open(hash, signal)
    return manifest && this.#describe(manifest)
  }

  async remove(hash: string, signal = this.#closing.signal): Promise<void> {
    await this.#resolutions.forget(hash)
    await this.#sites.remove(hash, signal)
  }

  async check(signal: AbortSignal): Promise<Check[]> {
    const [installer, found] = await Promise.all([this.#tool(), findInterpreters(this.#machine(), signal)])
    return [checkInstaller(installer), checkPythons(found)]
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the environment builder was closed'))
    await Promise.all([...this.#background, this.#swept])
  }

  async #lock(request: LockRequest, onLine: OnLine, signal: AbortSignal): Promise<Lock> {
    if (request.requirements.length === 0) return { packages: [], wheelsOnly: true }
    const installer = await this.#tool()
    const key = this.#keyOf(request)
    const known = await this.#resolutions.get(key)
    if (known) return known
    return this.#locks.run(key, { onLine, signal }, async (watcher) => {
      const lock = await installer.lock(request, watcher.onLine, watcher.signal)
      await this.#resolutions.put(key, { hash: hashOf(request.python, lock), lock })
      return lock
    })
  }

  #compileInBackground(manifest: SiteManifest): void {
    const work = this.#compile(manifest, this.#closing.signal)
      .catch(() => undefined)
      .finally(() => this.#background.delete(work))
    this.#background.add(work)
  }

  async #compile({ hash, python }: SiteManifest, signal: AbortSignal): Promise<void> {
    const watcher = { onLine: () => undefined, signal }
    await this.#compilations.run(hash, watcher, (shared) => this.#sites.compile({ hash, python, ...shared }))
  }

  #describe({ hash, python, sizeBytes, seconds, digest }: SiteManifest): BuiltEnvironment {
    return { hash, python, siteDir: this.#sites.siteDir(hash), sizeBytes, seconds, digest }
  }

  /** uv is looked for once, when it is first needed. */
  #tool(): Promise<Installer> {
    this.#installer ??= this.#findInstaller()
    return this.#installer
  }

  async #findInstaller(): Promise<Installer> {
    const { toolsDir, uvPath = path.join(toolsDir, 'python', 'bin', 'uv') } = this.#options
    const workDir = path.join(this.#options.cacheDir, 'empty')
    await mkdir(workDir, { recursive: true })
    const uv = await findUv({ ...this.#options, uvPath, workDir }, this.#closing.signal)
    return uv ?? pipInstaller(this.#options)
  }

  /** Another index or another Python may resolve differently; uv and pip do not. */
  #keyOf({ requirements, options, python }: LockRequest): string {
    const index = Object.entries(this.#options.env).filter(([name]) => /^(UV|PIP)_.*(INDEX|LINKS)/.test(name))
    const texts = requirements.map(({ text }) => text).sort()
    return sha256(JSON.stringify([1, python.version, python.tag, texts, options, index]))
  }

  #machine(): Parameters<typeof findInterpreters>[0] {
    return { env: this.#options.env, cacheFile: path.join(this.#options.cacheDir, 'interpreters.json') }
  }
}

/** The layout of a site is part of what a hash stands for. */
const siteFormat = 1

function hashOf({ version, tag }: FoundPython, { packages }: Lock): string {
  return sha256([siteFormat, version, tag, formatLock(packages)].join('\n'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function requestOf(plan: EnvironmentPlan, python: FoundPython, found: readonly FoundPython[]): LockRequest {
  const others = found
    .toSorted((a, b) => compareVersions(b.version, a.version))
    .filter(
      ({ version }, at, all) =>
        version !== python.version && minorOf(version) !== minorOf(all[at - 1]?.version),
    )
  return { requirements: plan.requirements, options: plan.options, python, others }
}

function checkInstaller({ id }: Installer): Check {
  if (id !== 'pip') return { name: 'uv', status: 'ok', message: `${id} installs packages` }
  const hint = 'Run the set-up again, which installs uv.'
  return { name: 'uv', status: 'warning', message: 'uv does not start; pip is used, which is slower', hint }
}

function checkPythons(found: readonly FoundPython[]): Check {
  const versions = found.map(({ version }) => version).sort((a, b) => compareVersions(b, a))
  if (versions.length > 0) return { name: 'python', status: 'ok', message: `found ${versions.join(', ')}` }
  const hint = 'Install Python 3.12, for example with `uv python install 3.12`.'
  return { name: 'python', status: 'failed', message: 'no Python from 3.6 on was found', hint }
}

function minorOf(version: string | undefined): string | undefined {
  return version?.split('.').slice(0, 2).join('.')
}

function notPython(runtime: string): ApiError {
  return new ApiError('unsupported', `the runtime ${runtime} is not supported by this version, python is`, {
    hint: 'Use the runtime python, and name pyspark in the conda file if the script imports it.',
  })
}
