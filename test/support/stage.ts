/** What a story plays on: a folder of its own, a server in it, and the command line beside it. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient, type Client } from '@slipway/sdk'
import { startServer, type RunningServer } from '../../scripts/quickstart/server-process.ts'
import { runProgram, startProgram, type Finished, type RunningProgram } from './run-program.ts'
import { processesOf, type FoundProcess } from './processes-of.ts'

export const projectDir = path.resolve(import.meta.dirname, '../..')

export interface StageOptions {
  /** Flags of the server. */
  flags?: readonly string[]
  /** Where the data folder is; in the folder of the stage unless given, `depth` folders below it. */
  dataDir?: string
  depth?: number
}

export interface CommandOptions {
  cwd?: string
  stdin?: string
  env?: NodeJS.ProcessEnv
  /** What the command line is started by, such as `setpriv` with its flags. */
  prefix?: readonly string[]
}

/** Opens a stage whose server is ready. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const stage = new Stage(await mkdtemp(path.join(tmpdir(), 'slipway-e2e-')), options)
  try {
    await stage.start()
    return stage
  } catch (error) {
    await stage.close()
    throw error
  }
}

export class Stage {
  readonly folder: string
  readonly dataDir: string
  readonly #flags: readonly string[]
  readonly #programs = new Set<RunningProgram>()
  #server: RunningServer | undefined

  constructor(folder: string, { flags = [], depth = 0, dataDir }: StageOptions) {
    const above = Array.from({ length: depth }, () => 'a-folder-with-a-long-name')
    this.folder = folder
    this.dataDir = dataDir ?? path.join(folder, ...above, 'data')
    this.#flags = flags
  }

  get server(): RunningServer {
    if (!this.#server) throw new Error('the server was not started')
    return this.#server
  }

  get client(): Client {
    return createClient(this.server)
  }

  /** Starts the server; after a first time on the same ports. */
  async start(): Promise<void> {
    const before = this.#server
    const ports = before
      ? ['--port', new URL(before.url).port, '--scoring-port', new URL(before.scoringUrl).port]
      : []
    const flags = [...this.#flags, ...ports]
    this.#server = await startServer(projectDir, this.dataDir, { flags, env: sharedCache })
  }

  /** Ends the server as a power failure would. */
  async killServer(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL')
    await this.server.ended
  }

  /** Runs `slipway` with these arguments to its end. */
  async slipway(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    return await runProgram(this.#command(args, options), this.#surroundings(options))
  }

  /** What `slipway` prints. Errors: it fails. */
  async output(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.slipway(args, options)
    if (code !== 0) throw new Error(`slipway ${args.join(' ')} ended with code ${code}:\n${stdout}${stderr}`)
    return stdout
  }

  /** What `slipway … --output json` prints, parsed. Errors: it fails. */
  async json<T>(args: readonly string[], options: CommandOptions = {}): Promise<T> {
    return JSON.parse(await this.output([...args, '--output', 'json'], options)) as T
  }

  /** Starts `slipway` and lets it run; it ends with the stage at the latest. */
  startSlipway(args: readonly string[], options: CommandOptions = {}): RunningProgram {
    const program = startProgram(this.#command(args, options), this.#surroundings(options))
    this.#programs.add(program)
    const forget = () => void this.#programs.delete(program)
    program.finished.then(forget, forget)
    return program
  }

  /** Environment of programs that are to find the server of this stage. */
  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...sharedCache, SLIPWAY_HOME: path.join(this.dataDir, 'home'), ...more }
  }

  /** Writes a file into the folder of the stage, with the folders above it; gives its path. */
  async write(name: string, text: string | Uint8Array): Promise<string> {
    const file = path.join(this.folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }

  /** Processes that run replicas. */
  async workers(): Promise<FoundProcess[]> {
    return await processesOf(path.join(this.dataDir, 'run'))
  }

  /** What is half done in the data folder: uploads, files aside, replicas. Empty when all is at rest. */
  async unfinished(): Promise<string[]> {
    const names = await readdir(this.dataDir, { recursive: true }).catch(() => [])
    return names.filter((name) => half.some((pattern) => pattern.test(name))).sort()
  }

  /** Ends everything and removes the folder. */
  async close(): Promise<void> {
    for (const { kill } of this.#programs) kill('SIGKILL')
    await Promise.allSettled([...this.#programs].map(({ finished }) => finished))
    await this.#server?.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  #command(args: readonly string[], { prefix = [] }: CommandOptions): string[] {
    return [...prefix, path.join(projectDir, 'bin', 'slipway'), ...args]
  }

  #surroundings({ cwd = this.folder, stdin, env }: CommandOptions) {
    return { cwd, stdin, env: this.env(env) }
  }
}

/** Packages are downloaded once for all stories. */
const sharedCache = { UV_CACHE_DIR: path.join(projectDir, '.cache', 'uv') }

const half = [
  /^blobs\/uploads\/./,
  /^blobs\/incoming\/./,
  /^run\/r-[^/]*$/,
  /^cache\/[^/]+\/[^/]*\.part-[^/]*$/,
  /^environments\/staging\/./,
]
