/** Folders of installed packages, one per environment hash: built aside, published whole, verified on reuse. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { ApiError, type Interpreter } from '@slipway/contract'
import { digestTree, syncPath, syncTree, weighTree, type TreeDigest } from './file-tree.ts'
import { acquireFolderLock, isLockHeld } from './folder-lock.ts'
import { makeScriptsPortable } from './portable-scripts.ts'
import { runTool, toolEnvironment, type OnLine } from './run-tool.ts'

export interface SiteManifest extends TreeDigest {
  format: 1
  hash: string
  python: Interpreter
  /** How long the build took. */
  seconds: number
}

/** Fills an empty folder with the packages. */
export type FillSite = (siteDir: string) => Promise<void>

export interface SiteWork {
  hash: string
  python: Interpreter
  onLine: OnLine
  signal: AbortSignal
}

export class SiteStore {
  readonly #rootDir: string
  readonly #bytecodeDir: string
  readonly #env: NodeJS.ProcessEnv
  /** Checked once per process: files of a published site do not change. */
  readonly #verified = new Set<string>()

  constructor({ rootDir, cacheDir, env }: { rootDir: string; cacheDir: string; env: NodeJS.ProcessEnv }) {
    this.#rootDir = rootDir
    this.#bytecodeDir = path.join(cacheDir, 'bytecode')
    this.#env = env
  }

  siteDir(hash: string): string {
    return path.join(this.#folder(hash), 'site')
  }

  /** The manifest of a site that is whole; a damaged one counts as absent. */
  async open(hash: string, signal: AbortSignal): Promise<SiteManifest | undefined> {
    const manifest = await this.#readManifest(hash)
    if (!manifest || this.#verified.has(hash)) return manifest
    const { fileCount, sizeBytes } = await weighTree(this.siteDir(hash), signal).catch(absentTree)
    if (fileCount !== manifest.fileCount || sizeBytes !== manifest.sizeBytes) return undefined
    this.#verified.add(hash)
    return manifest
  }

  /** Builds the site unless it is there; among many processes, one builds. */
  async ensure(work: SiteWork, fill: FillSite): Promise<SiteManifest> {
    const { hash, signal } = work
    const lock = await acquireFolderLock(this.#lockDir(hash), signal)
    try {
      await this.#sweepHash(hash)
      return (await this.open(hash, signal)) ?? (await this.#build(work, fill))
    } finally {
      await lock.release()
    }
  }

  /** Writes the bytecode unless it is there. Imports work without it, at half the speed. */
  async compile({ hash, python, onLine, signal }: SiteWork): Promise<void> {
    const done = path.join(this.#folder(hash), 'bytecode')
    if (await exists(done)) return
    const lock = await acquireFolderLock(this.#lockDir(`${hash}-bytecode`), signal)
    try {
      if (await exists(done)) return
      const script = path.join(import.meta.dirname, 'compile-site.py')
      const cache = path.join(this.#bytecodeDir, python.version)
      const args = ['-I', script, this.siteDir(hash), cache, String(availableParallelism())]
      const run = { command: python.path, args, cwd: this.#rootDir, env: toolEnvironment(this.#env) }
      const { exitCode, stderr } = await runTool(run, onLine, signal)
      if (exitCode === 0) await writeFile(done, '')
      else onLine(`bytecode was not written, imports are slower: ${stderr.slice(-300)}`)
    } finally {
      await lock.release()
    }
  }

  /** Succeeds when there is nothing to remove. */
  async remove(hash: string, signal: AbortSignal): Promise<void> {
    const lock = await acquireFolderLock(this.#lockDir(hash), signal)
    try {
      this.#verified.delete(hash)
      await this.#moveAway(hash)
      await this.#sweepHash(hash)
    } finally {
      await lock.release()
    }
  }

  /** Removes what builds that were interrupted have left behind. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#stagingDir()).catch(() => [])
    const hashes = [...new Set(names.map((name) => name.split('.')[0] ?? name))]
    for (const hash of hashes) if (!(await isLockHeld(this.#lockDir(hash)))) await this.#sweepHash(hash)
  }

  async #build(work: SiteWork, fill: FillSite): Promise<SiteManifest> {
    const startedMs = performance.now()
    const staging = path.join(this.#stagingDir(), `${work.hash}.${randomUUID()}`)
    const siteDir = path.join(staging, 'site')
    await mkdir(siteDir, { recursive: true })
    try {
      await fill(siteDir)
      await rm(path.join(siteDir, '.lock'), { force: true })
      await makeScriptsPortable(siteDir)
      const [digest] = await Promise.all([
        digestTree(siteDir, work.signal),
        this.#flush(siteDir, work.signal),
      ])
      const seconds = Math.round(performance.now() - startedMs) / 1000
      const manifest: SiteManifest = { format: 1, hash: work.hash, python: work.python, seconds, ...digest }
      await this.#publish(staging, manifest)
      return manifest
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(error)
      throw error
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  }

  async #publish(staging: string, manifest: SiteManifest): Promise<void> {
    const file = path.join(staging, 'manifest.json')
    await writeFile(file, JSON.stringify(manifest), { flush: true })
    await syncPath(staging)
    await this.#moveAway(manifest.hash)
    await rename(staging, this.#folder(manifest.hash))
    await syncPath(this.#rootDir)
    this.#verified.add(manifest.hash)
  }

  /** A damaged or unwanted site leaves its place in one step, and is then removed by the sweep. */
  async #moveAway(hash: string): Promise<void> {
    await mkdir(this.#stagingDir(), { recursive: true })
    const away = path.join(this.#stagingDir(), `${hash}.${randomUUID()}`)
    await rename(this.#folder(hash), away).catch(ignoreAbsent)
    await rm(away, { recursive: true, force: true })
  }

  /** One call flushes the whole file system, at a sixth of the price of each file by itself. */
  async #flush(siteDir: string, signal: AbortSignal): Promise<void> {
    const run = {
      command: 'sync',
      args: ['-f', siteDir],
      cwd: '/',
      env: toolEnvironment(this.#env),
      quiet: true,
    }
    const { exitCode } = await runTool(run, () => undefined, signal)
    if (exitCode !== 0) await syncTree(siteDir, signal)
  }

  async #sweepHash(hash: string): Promise<void> {
    const names = await readdir(this.#stagingDir()).catch(() => [])
    const left = names.filter((name) => name.startsWith(`${hash}.`))
    await Promise.all(
      left.map((name) => rm(path.join(this.#stagingDir(), name), { recursive: true, force: true })),
    )
  }

  async #readManifest(hash: string): Promise<SiteManifest | undefined> {
    try {
      return JSON.parse(
        await readFile(path.join(this.#folder(hash), 'manifest.json'), 'utf8'),
      ) as SiteManifest
    } catch {
      return undefined
    }
  }

  #folder(hash: string): string {
    return path.join(this.#rootDir, hash)
  }

  #stagingDir(): string {
    return path.join(this.#rootDir, 'staging')
  }

  #lockDir(hash: string): string {
    return path.join(this.#rootDir, 'locks', hash)
  }
}

function absentTree(): { fileCount: number; sizeBytes: number } {
  return { fileCount: -1, sizeBytes: -1 }
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(Boolean, () => false)
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

function diskFull(cause: unknown): ApiError {
  return new ApiError('insufficient-storage', 'the disk filled up while packages were installed', {
    cause,
    hint: 'Free some space, or remove images that are not used, and try again.',
  })
}
