/** Which source of a setting wins, and what is said about settings that do nothing. */
import { describe, expect, test } from 'vitest'
import { bannerLines } from './banner.ts'
import type { ConfigFile } from './config-file.ts'
import { parseFlags, type Flags } from './flags.ts'
import { readSettings, type ScoreServerSettings } from './settings.ts'

function flagsOf(...argv: string[]): Flags {
  const parsed = parseFlags(argv)
  if (parsed.kind !== 'flags') throw new Error(JSON.stringify(parsed))
  return parsed.flags
}

interface Sources {
  argv?: string[]
  env?: Record<string, string>
  config?: Record<string, string>
}

function settingsOf({ argv = [], env = {}, config }: Sources): ScoreServerSettings {
  const file: ConfigFile | undefined = config && {
    path: '/app/config.json',
    values: new Map(Object.entries(config)),
  }
  return readSettings({ flags: flagsOf(...argv), env, config: file, workingFolder: '/app', cores: 4 })
}

describe('flags', () => {
  test.each([
    { argv: ['--entry-script', 'a.py'], entryScript: 'a.py' },
    { argv: ['--entry_script', 'a.py'], entryScript: 'a.py' },
    { argv: ['--entry_script=my_a.py'], entryScript: 'my_a.py' },
  ])('$argv names the script', ({ argv, entryScript }) => {
    expect(flagsOf(...argv)).toEqual({ entryScript, reload: false })
  })

  test.each([
    ['--port', '70000'],
    ['--port', 'x'],
    ['--worker-count', '0'],
    ['--log-format', 'xml'],
    ['--unknown'],
    ['stray'],
    ['--entry-script'],
    ['--python', 'p', '--environment', 'e'],
  ])('%s %s is wrong usage', (...argv) => {
    expect(parseFlags(argv)).toEqual({ kind: 'wrong', why: expect.stringMatching(/./) })
  })
})

describe('sources', () => {
  test.each<Sources & { timeoutMs: number }>([
    { timeoutMs: 3_600_000 },
    { config: { SCORING_TIMEOUT_MS: '1' }, timeoutMs: 1 },
    { config: { SCORING_TIMEOUT_MS: '1' }, env: { SCORING_TIMEOUT_MS: '2' }, timeoutMs: 2 },
    { config: { SCORING_TIMEOUT_MS: '1' }, env: { SCORING_TIMEOUT_MS: '' }, timeoutMs: 1 },
    { env: { WORKER_TIMEOUT: '20' }, timeoutMs: 20_000 },
    { env: { WORKER_TIMEOUT: '20', SCORING_TIMEOUT_MS: '5000' }, timeoutMs: 5_000 },
    { env: { WORKER_TIMEOUT: '20', SCORING_TIMEOUT_MS: '50000' }, timeoutMs: 20_000 },
    { env: { WORKER_TIMEOUT: '0', SCORING_TIMEOUT_MS: '50000' }, timeoutMs: 50_000 },
    { env: { WORKER_TIMEOUT: '20', SCORING_TIMEOUT_MS: '0' }, timeoutMs: 20_000 },
    { env: { SCORING_TIMEOUT_MS: '0' }, timeoutMs: 0 },
  ])('%j gives the scoring timeout', ({ timeoutMs, ...sources }) => {
    const settings = settingsOf(sources)
    expect(settings.scoringTimeoutMs).toBe(timeoutMs)
    expect(settings.workerEnvironment['SCORING_TIMEOUT_MS']).toBe(String(timeoutMs))
  })

  test('a flag wins over a variable, and that over the file', () => {
    const config = { WORKER_COUNT: '2', SERVICE_NAME: 'file', AML_CORS_ORIGINS: 'https://file.example' }
    const env = { WORKER_COUNT: '3', SERVICE_NAME: 'variable' }
    const settings = settingsOf({ argv: ['--worker_count', '4'], env, config })
    expect(settings).toMatchObject({
      workerCount: 4,
      service: 'variable',
      corsOrigins: ['https://file.example'],
    })
    expect(settings.workerEnvironment).toMatchObject({ WORKER_COUNT: '4', SERVICE_NAME: 'variable' })
  })

  test('every known setting of the file reaches the script', () => {
    const config = { AML_APP_ROOT: 'root', AZUREML_ENTRY_SCRIPT: 'a.py', AZUREML_MODEL_DIR: './models' }
    const settings = settingsOf({ config })
    expect(settings).toMatchObject({ appRoot: '/app/root', entryScript: '/app/root/a.py' })
    expect(settings.workerEnvironment).toMatchObject({
      AML_APP_ROOT: '/app/root',
      AZUREML_ENTRY_SCRIPT: '/app/root/a.py',
      AZUREML_MODEL_DIR: './models',
    })
  })

  test('a script named by flag is where the user stands, one named by variable is in the application', () => {
    const env = { AML_APP_ROOT: '/root', AZUREML_ENTRY_SCRIPT: 'b.py' }
    expect(settingsOf({ env }).entryScript).toBe('/root/b.py')
    expect(settingsOf({ argv: ['--entry-script', 'a.py'], env }).entryScript).toBe('/app/a.py')
  })

  test('ports of variables are not taken, as by Azure’s server', () => {
    const settings = settingsOf({ env: { SERVER_PORT: '3535', HEALTH_PORT: '1' } })
    expect(settings).toMatchObject({ port: 5001, healthPort: undefined })
    expect(settings.workerEnvironment).toMatchObject({ SERVER_PORT: '5001', HEALTH_PORT: '5001' })
  })

  test('a port for health is opened when asked for', () => {
    const env = { SEPERATE_HEALTH_ENDPOINT: 'true' }
    expect(settingsOf({ env }).healthPort).toBe(5000)
    expect(settingsOf({ argv: ['--health_port', '8346'], env }).healthPort).toBe(8346)
    expect(settingsOf({ argv: ['--health_port', '8346'] }).healthPort).toBeUndefined()
  })

  test.each([
    { value: '', shown: true },
    { value: 'TRUE', shown: true },
    { value: 'false', shown: false },
    { value: 'notgood', shown: false },
  ])('SERVER_VERSION_LOG_RESPONSE_ENABLED=$value shows the server: $shown', ({ value, shown }) => {
    expect(settingsOf({ env: { SERVER_VERSION_LOG_RESPONSE_ENABLED: value } }).showsVersion).toBe(shown)
  })

  test.each(['SCORING_TIMEOUT_MS', 'WORKER_COUNT', 'WORKER_TIMEOUT'])('%s must be a whole number', (name) => {
    expect(() => settingsOf({ env: { [name]: '1.5' } })).toThrow(`${name} must be a whole number (1.5)`)
  })

  test('cores are shared among the workers unless the user has decided', () => {
    const threads = (sources: Sources) => settingsOf(sources).workerEnvironment['OMP_NUM_THREADS']
    expect(threads({})).toBe('4')
    expect(threads({ argv: ['--worker-count', '3'] })).toBe('1')
    expect(threads({ env: { OMP_NUM_THREADS: '7' } })).toBe('7')
  })

  test('workers keep memory for the next call unless the user has decided', () => {
    const kept = (sources: Sources) => settingsOf(sources).workerEnvironment['MALLOC_TRIM_THRESHOLD_']
    expect(kept({})).toBe('16777216')
    expect(kept({ env: { MALLOC_TRIM_THRESHOLD_: '0' } })).toBe('0')
  })
})

describe('what does nothing is said', () => {
  const key = '00000000-0000-0000-0000-000000000000'

  test.each<Sources & { warning: RegExp }>([
    { argv: ['--appinsights_instrumentation_key', key], warning: /nothing is sent/ },
    { argv: ['--appinsights_instrumentation_key', 'bad'], warning: /^Invalid Application Insights/ },
    { env: { AML_APP_INSIGHTS_ENABLED: 'true', AML_APP_INSIGHTS_KEY: key }, warning: /nothing is sent/ },
    { env: { AML_MODEL_DC_STORAGE_ENABLED: 'true' }, warning: /not collected/ },
    { env: { WORKER_PRELOAD: 'true' }, warning: /WORKER_PRELOAD has no effect/ },
    { env: { AZUREML_DEBUG_PORT: '5678' }, warning: /no debugger/ },
    { config: { EXTRA_KEY: '1', SERVICE_NAME: 'x' }, warning: /not known: EXTRA_KEY\.$/ },
  ])('%j', ({ warning, ...sources }) => {
    const { warnings, workerEnvironment } = settingsOf(sources)
    expect(warnings).toEqual([expect.stringMatching(warning)])
    expect(workerEnvironment['AML_APP_INSIGHTS_ENABLED']).toBe('false')
  })

  test('a key alone asks for nothing', () => {
    expect(settingsOf({ env: { AML_APP_INSIGHTS_KEY: key } }).warnings).toEqual([])
  })

  test('and the key of insights is not shown', () => {
    const settings = settingsOf({ argv: ['--appinsights_instrumentation_key', key] })
    const lines = bannerLines(settings, { version: 'v', port: 1, healthPort: 1, configFile: undefined })
    expect(lines).toContain('Application Insights Key: AppInsights key provided')
    expect(lines.join('\n')).not.toContain(key)
  })
})
