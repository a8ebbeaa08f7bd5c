/** What the score server is to do, out of flags, environment, configuration file and defaults, in this order. */
import path from 'node:path'
import type { ConfigFile, LookUp } from './config-file.ts'
import type { Flags } from './flags.ts'
import { readInsights } from './insights.ts'
import { SettingsError } from './settings-error.ts'

export interface ScoreServerSettings {
  appRoot: string
  /** Absolute path; undefined: the module `main` of the application. */
  entryScript: string | undefined
  host: string
  port: number
  /** Port of its own for health probes; undefined: there is none. */
  healthPort: number | undefined
  workerCount: number
  /** 0: no limit. */
  scoringTimeoutMs: number
  service: string
  corsOrigins: readonly string[]
  /** Whether replies say which server made them. */
  showsVersion: boolean
  reload: boolean
  /** The interpreter, unless an environment brings its own. */
  python: string
  /** Conda file whose environment the script runs in. */
  environment: string | undefined
  /** What the workers find in their environment. */
  workerEnvironment: Record<string, string>
  /** What was asked for and is done otherwise, or not at all: whole sentences. */
  warnings: readonly string[]
}

export interface SettingSources {
  flags: Flags
  env: Readonly<Record<string, string | undefined>>
  config: ConfigFile | undefined
  workingFolder: string
  cores: number
}

/** Throws SettingsError, which names the setting, for what cannot be used. */
export function readSettings(sources: SettingSources): ScoreServerSettings {
  const { flags, workingFolder } = sources
  const lookUp = lookUpIn(sources)
  const insights = readInsights(flags, lookUp)
  const settings = {
    ...placesOf(sources, lookUp),
    ...portsOf(flags, lookUp),
    workerCount: flags.workerCount ?? workerCountOf(lookUp),
    scoringTimeoutMs: scoringTimeout(lookUp),
    service: lookUp('SERVICE_NAME') ?? 'ML service',
    corsOrigins: originsOf(flags.corsOrigins ?? lookUp('AML_CORS_ORIGINS')),
    showsVersion: saysTrue(lookUp('SERVER_VERSION_LOG_RESPONSE_ENABLED') ?? 'true'),
    reload: flags.reload,
    python: flags.python ?? 'python3',
    environment: flags.environment && path.resolve(workingFolder, flags.environment),
    warnings: [...insights.warnings, ...warningsOf(sources, lookUp)],
  }
  const environment = { ...environmentOf(sources, settings), ...insights.environment }
  return { ...settings, workerEnvironment: environment }
}

const configurable = [
  'AML_APP_INSIGHTS_ENABLED',
  'AML_APP_INSIGHTS_ENDPOINT',
  'AML_APP_INSIGHTS_KEY',
  'AML_APP_ROOT',
  'AML_CORS_ORIGINS',
  'AML_MDC_STORAGE_ENABLED',
  'AML_MODEL_DC_STORAGE_ENABLED',
  'APP_INSIGHTS_LOG_RESPONSE_ENABLED',
  'AZUREML_ENTRY_SCRIPT',
  'AZUREML_LOG_LEVEL',
  'AZUREML_MODEL_DIR',
  'AZUREML_SOURCE_DIRECTORY',
  'HOSTNAME',
  'SCORING_TIMEOUT_MS',
  'SEPERATE_HEALTH_ENDPOINT',
  'SERVER_VERSION_LOG_RESPONSE_ENABLED',
  'SERVICE_NAME',
  'SERVICE_PATH_PREFIX',
  'SERVICE_VERSION',
  'WORKER_COUNT',
  'WORKER_PRELOAD',
  'WORKER_TIMEOUT',
  'WORKSPACE_NAME',
] as const

function lookUpIn({ env, config }: SettingSources): LookUp {
  return (name) => env[name] || config?.values.get(name) || undefined
}

/** A script named by flag is relative to where the user stands, by variable to the application. */
function placesOf(
  { flags, workingFolder }: SettingSources,
  lookUp: LookUp,
): Pick<ScoreServerSettings, 'appRoot' | 'entryScript'> {
  const appRoot = path.resolve(workingFolder, lookUp('AML_APP_ROOT') ?? '.')
  const named = lookUp('AZUREML_ENTRY_SCRIPT')
  if (flags.entryScript !== undefined)
    return { appRoot, entryScript: path.resolve(workingFolder, flags.entryScript) }
  return { appRoot, entryScript: named === undefined ? undefined : path.resolve(appRoot, named) }
}

function portsOf(
  { host = '127.0.0.1', port = 5001, healthPort = 5000 }: Flags,
  lookUp: LookUp,
): Pick<ScoreServerSettings, 'host' | 'port' | 'healthPort'> {
  const isApart = lookUp('SEPERATE_HEALTH_ENDPOINT') === 'true'
  return { host, port, healthPort: isApart ? healthPort : undefined }
}

function workerCountOf(lookUp: LookUp): number {
  const count = wholeNumber(lookUp, 'WORKER_COUNT') ?? 1
  if (count < 1) throw new SettingsError(`WORKER_COUNT must be at least 1 (${count})`)
  return count
}

/** One limit where Azure's server has two, of which the smaller one ended the call: in 0 there is none. */
function scoringTimeout(lookUp: LookUp): number {
  const scoringMs = wholeNumber(lookUp, 'SCORING_TIMEOUT_MS')
  const workerMs = (wholeNumber(lookUp, 'WORKER_TIMEOUT') ?? 0) * 1_000
  if (scoringMs === undefined) return workerMs || 3_600_000
  return scoringMs > 0 && workerMs > 0 ? Math.min(scoringMs, workerMs) : scoringMs || workerMs
}

function wholeNumber(lookUp: LookUp, name: string): number | undefined {
  const text = lookUp(name)
  if (text === undefined) return undefined
  if (!/^\d{1,12}$/.test(text)) throw new SettingsError(`${name} must be a whole number (${text})`)
  return Number(text)
}

function saysTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

function originsOf(list: string | undefined): string[] {
  const origins = (list ?? '').split(',').map((origin) => origin.trim())
  return origins.filter((origin) => origin !== '')
}

function warningsOf({ config }: SettingSources, lookUp: LookUp): string[] {
  const known: readonly string[] = configurable
  const unknown = [...(config?.values.keys() ?? [])].filter((name) => !known.includes(name))
  const isOn = (name: string) => saysTrue(lookUp(name))
  const collects = isOn('AML_MODEL_DC_STORAGE_ENABLED') || isOn('AML_MDC_STORAGE_ENABLED')
  const removed = ['AML_DBG_MODEL_INFO', 'AML_DBG_RESOURCE_INFO'].filter((name) => lookUp(name))
  return [
    ...(unknown.length > 0
      ? [`${config?.path} has settings that are not known: ${unknown.join(', ')}.`]
      : []),
    ...(collects ? ['Model data is not collected: this version of Slipway has no place to keep it.'] : []),
    ...(isOn('WORKER_PRELOAD')
      ? ['WORKER_PRELOAD has no effect: each worker imports the script by itself, all at the same time.']
      : []),
    ...(lookUp('AZUREML_DEBUG_PORT') ? ['AZUREML_DEBUG_PORT has no effect: no debugger is connected.'] : []),
    ...removed.map((name) => `${name} has no effect: it was removed from Azure’s server, too.`),
  ]
}

type Resolved = Omit<ScoreServerSettings, 'workerEnvironment'>

function environmentOf(
  { flags, env, config, cores }: SettingSources,
  settings: Resolved,
): Record<string, string> {
  const configured = configurable.flatMap((name) => {
    const value = config?.values.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...threadVariables(cores, settings.workerCount),
    ...memoryVariables,
    ...Object.fromEntries(configured),
    ...withoutEmpty(env),
    ...(flags.modelDir !== undefined && { AZUREML_MODEL_DIR: flags.modelDir }),
    ...(settings.entryScript !== undefined && { AZUREML_ENTRY_SCRIPT: settings.entryScript }),
    ...(settings.corsOrigins.length > 0 && { AML_CORS_ORIGINS: settings.corsOrigins.join(',') }),
    AML_APP_ROOT: settings.appRoot,
    SCORING_TIMEOUT_MS: String(settings.scoringTimeoutMs),
    WORKER_COUNT: String(settings.workerCount),
    SERVER_PORT: String(settings.port),
    HEALTH_PORT: String(settings.healthPort ?? settings.port),
    PYTHONUNBUFFERED: '1',
  }
}

/** Numeric libraries start a thread per core each, which makes workers fight; a share each is faster. */
function threadVariables(cores: number, workers: number): Record<string, string> {
  const threads = String(Math.max(1, Math.floor(cores / workers)))
  return { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads }
}

/** glibc gives freed memory back above 128 KiB, and takes it anew for each call with a large body: 2 ms per MiB. */
const memoryVariables = { MALLOC_TRIM_THRESHOLD_: '16777216', MALLOC_MMAP_THRESHOLD_: '16777216' }

function withoutEmpty(env: SettingSources['env']): Record<string, string> {
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  return Object.fromEntries(given)
}
