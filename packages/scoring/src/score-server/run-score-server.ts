/** `slipway score-server`, and what an image runs: one script behind the gateway's own HTTP, from start to end. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { bannerLines } from './banner.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { type Flags, flagsHelp, parseFlags } from './flags.ts'
import { ScoreLog } from './score-log.ts'
import { ScoreServer } from './score-server.ts'
import { readSettings, type ScoreServerSettings } from './settings.ts'
import { SettingsError } from './settings-error.ts'
import { StartFailure } from './worker-crew.ts'

/** What the program sees of the process it runs in. */
export interface ScoreServerWorld {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  workingFolder: string
  pid: number
  /** Processors of this machine. */
  cores: number
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  /** Aborts when the server is to drain and end. */
  signal: AbortSignal
  /** `main.py` of the worker. */
  workerMain: string
  /** Sent as `x-ms-server-version`. */
  version: string
  /** Installs the environment of a conda file, once; absent where Slipway as a whole is not there. */
  buildEnvironment?: BuildEnvironment
}

export type BuildEnvironment = (
  condaFile: string,
  onLine: (line: string) => void,
  signal: AbortSignal,
) => Promise<ScriptEnvironment>

export interface ScriptEnvironment {
  python: string
  /** Goes into PYTHONPATH. */
  siteDir: string
  variables: Readonly<Record<string, string>>
}

const exitCodes = { ok: 0, usage: 1, failed: 3 } as const

/** Resolves with the exit code: 0 when told to end, 1 for wrong usage and a port in use, 3 for a script or setting that cannot serve. */
export async function runScoreServer(world: ScoreServerWorld): Promise<number> {
  const parsed = parseFlags(world.argv)
  if (parsed.kind === 'help') {
    world.stdout.write(flagsHelp())
    return exitCodes.ok
  }
  if (parsed.kind === 'wrong') return refuse(world, parsed.why)
  const { flags } = parsed
  const log = new ScoreLog({ ...world, format: flags.logFormat ?? 'text', now: () => new Date() })
  try {
    return await run(world, flags, log)
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof StartFailure)) throw error
    log.record({ level: 'E', logger: 'azmlinfsrv', text: error.message })
    return exitCodes.failed
  } finally {
    log.flush()
  }
}

async function run(world: ScoreServerWorld, flags: Flags, log: ScoreLog): Promise<number> {
  const config = findConfig(world, flags)
  const settings = readSettings({ ...world, flags, config })
  const missing = whatIsMissing(world, settings)
  if (missing !== undefined) return refuse(world, missing)
  const launch = await launchOf(world, settings, log)
  const server = new ScoreServer({ ...world, settings, launch, log })
  try {
    const ports = await server.open()
    for (const line of bannerLines(settings, { ...world, ...ports, configFile: config?.path })) log.say(line)
    log.record({
      level: 'I',
      logger: 'azmlinfsrv',
      text: `Listening on ${settings.host}, port ${ports.port}`,
    })
    for (const text of settings.warnings) log.record({ level: 'W', logger: 'azmlinfsrv', text })
    await server.serve(world.signal)
    return exitCodes.ok
  } catch (error) {
    if (!['listen', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? '')) throw error
    const why = `the port cannot be opened: ${(error as Error).message}`
    return refuse(world, `${why}. Choose another with --port or --host`)
  } finally {
    await server.close()
  }
}

/** Named by flag or variable, in the application, or beside the script. */
function findConfig({ env, workingFolder }: ScoreServerWorld, flags: Flags): ConfigFile | undefined {
  const named = flags.configFile ?? (env['AZUREML_CONFIG_FILE'] || undefined)
  const appRoot = path.resolve(workingFolder, env['AML_APP_ROOT'] || '.')
  const fromVariable = env['AZUREML_ENTRY_SCRIPT'] && path.resolve(appRoot, env['AZUREML_ENTRY_SCRIPT'])
  const script =
    flags.entryScript === undefined ? fromVariable : path.resolve(workingFolder, flags.entryScript)
  return readConfigFile(named && path.resolve(workingFolder, named), [
    appRoot,
    script && path.dirname(script),
  ])
}

function whatIsMissing(world: ScoreServerWorld, settings: ScoreServerSettings): string | undefined {
  const { entryScript, appRoot, environment } = settings
  if (entryScript === undefined && !existsSync(path.join(appRoot, 'main.py')))
    return `no script is named, and ${appRoot} has no main.py: give --entry-script`
  if (environment === undefined) return undefined
  if (world.buildEnvironment === undefined) return '--environment needs Slipway as a whole: use --python here'
  return existsSync(environment) ? undefined : `the conda file ${environment} does not exist`
}

/** The interpreter and the variables of the workers. */
async function launchOf(
  { buildEnvironment, signal }: ScoreServerWorld,
  { environment, python, workerEnvironment: env }: ScoreServerSettings,
  log: ScoreLog,
): Promise<{ python: string; env: Record<string, string> }> {
  if (environment === undefined || buildEnvironment === undefined) return { python, env }
  const onLine = (text: string) => log.record({ level: 'I', logger: 'slipway.environment', text })
  const built = await buildEnvironment(readFileSync(environment, 'utf8'), onLine, signal)
  const { siteDir } = built
  const places = [path.join(siteDir, 'bin'), path.dirname(built.python), env['PATH'] ?? '']
  const paths = { PYTHONPATH: joined([siteDir, env['PYTHONPATH']]), PATH: joined(places) }
  return { python: built.python, env: { ...built.variables, ...env, ...paths } }
}

function joined(places: readonly (string | undefined)[]): string {
  return places.filter((place) => place !== undefined && place !== '').join(path.delimiter)
}

function refuse({ stderr }: ScoreServerWorld, why: string): number {
  stderr.write(`slipway score-server: ${why}\nFlags: slipway score-server --help\n`)
  return exitCodes.usage
}
