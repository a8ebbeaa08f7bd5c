/** The command line of the score server: Slipway's flags, and those of Azure's own local server. */
import { parseArgs } from 'node:util'

export interface Flags {
  entryScript?: string
  modelDir?: string
  host?: string
  port?: number
  healthPort?: number
  workerCount?: number
  /** Conda file whose environment the script is to run in. */
  environment?: string
  /** Interpreter that the script is to run in. */
  python?: string
  reload: boolean
  corsOrigins?: string
  configFile?: string
  insightsKey?: string
  logFormat?: LogFormat
}

export type LogFormat = 'text' | 'json'

export type ParsedFlags = { kind: 'flags'; flags: Flags } | { kind: 'help' } | { kind: 'wrong'; why: string }

/** Words are joined by `-` or `_` alike. */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  try {
    const args = argv.map(withHyphens)
    const { values } = parseArgs({ args, options: parsedOptions, strict: true })
    return values.help ? { kind: 'help' } : { kind: 'flags', flags: flagsOf(values) }
  } catch (error) {
    return { kind: 'wrong', why: error instanceof Error ? error.message : String(error) }
  }
}

/** What `--help` prints. */
export function flagsHelp(): string {
  const lines = documented.map(([flag, text]) => `  ${flag.padEnd(36)} ${text}`)
  return [
    'Usage: slipway score-server --entry-script <file> [flags]',
    '',
    'Serves one scoring script on this machine, without a Slipway server.',
    '',
    'Flags, also written with _ in the place of the inner hyphens:',
    ...lines,
    '',
    'Variables and config.json: see docs/guide/score-server.md.',
    '',
  ].join('\n')
}

const documented: readonly (readonly [flag: string, text: string])[] = [
  ['--entry-script <file>', 'Python file that defines init() and run().'],
  ['--model-dir <folder>', 'What the script finds in AZUREML_MODEL_DIR.'],
  ['--port <number>', 'Port to serve on; 0 picks a free one (default: 5001).'],
  ['--host <address>', 'Address to serve on (default: 127.0.0.1).'],
  ['--worker-count <number>', 'Processes that run the script (default: 1).'],
  ['--environment <file>', 'Install this environment, once, and run the script in it.'],
  ['--python <program>', 'Python to run the script with (default: the python3 on the PATH).'],
  ['--reload', 'Start anew whenever code beside the script changes.'],
  ['--access-control-allow-origins <list>', 'Origins that browsers may call from, or *.'],
  ['--health-port <number>', 'Second port, if SEPERATE_HEALTH_ENDPOINT=true (default: 5000).'],
  ['--config-file <file>', 'Settings as JSON (default: config.json, if there).'],
  ['--appinsights-instrumentation-key <key>', 'Accepted; nothing is sent to Application Insights.'],
  ['--log-format <text|json>', 'Lines as of Azure’s server, or JSON with request ids (default: text).'],
  ['--help', 'Show this help.'],
]

const text = { type: 'string' } as const

const parsedOptions = {
  'entry-script': text,
  'model-dir': text,
  host: text,
  port: text,
  'health-port': text,
  'worker-count': text,
  environment: text,
  python: text,
  reload: { type: 'boolean' },
  'access-control-allow-origins': text,
  'config-file': text,
  'appinsights-instrumentation-key': text,
  'log-format': text,
  help: { type: 'boolean', short: 'h' },
  // Hidden in Azure's server, where it chooses a transport that there is no other one of.
  rest: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof parsedOptions }>>['values']

function withHyphens(argument: string): string {
  const [, name, rest = ''] = /^(--[^=]*)(=.*)?$/s.exec(argument) ?? []
  return name === undefined ? argument : name.replaceAll('_', '-') + rest
}

function flagsOf(values: Values): Flags {
  if (values.environment !== undefined && values.python !== undefined)
    throw new Error('--environment and --python exclude each other: an environment has its own Python')
  return {
    reload: values.reload ?? false,
    ...given({
      entryScript: values['entry-script'],
      modelDir: values['model-dir'],
      host: values.host,
      port: numberOf('--port', values.port, [0, 65_535]),
      healthPort: numberOf('--health-port', values['health-port'], [0, 65_535]),
      workerCount: numberOf('--worker-count', values['worker-count'], [1, 1_000]),
      environment: values.environment,
      python: values.python,
      corsOrigins: values['access-control-allow-origins'],
      configFile: values['config-file'],
      insightsKey: values['appinsights-instrumentation-key'],
      logFormat: formatOf(values['log-format']),
    }),
  }
}

/** Without the fields that are undefined, so that they do not hide what other sources say. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>
  }
}

function numberOf(flag: string, value: string | undefined, range: [number, number]): number | undefined {
  if (value === undefined) return undefined
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  const [least, most] = range
  if (!(number >= least && number <= most))
    throw new Error(`${flag} must be a whole number from ${least} to ${most} (${value})`)
  return number
}

function formatOf(value: string | undefined): LogFormat | undefined {
  if (value === undefined || value === 'text' || value === 'json') return value
  throw new Error(`--log-format must be text or json (${value})`)
}
