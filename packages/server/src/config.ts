/** Settings of the server: one field each; flag, environment variable, default, help and reference derive from it. */
import { homedir } from 'node:os'
import path from 'node:path'
import { ApiError, checkValue } from '@slipway/contract'
import * as z from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)
const Seconds = z.coerce.number().min(1).max(86_400)

export const Config = z.strictObject({
  data: z
    .string()
    .default(() => path.join(homedir(), '.slipway', 'data'))
    .describe('Folder that holds everything the server keeps.'),
  host: z.string().default('127.0.0.1').describe('Address both ports listen on.'),
  port: Port.default(8800).describe('Management port: API and OpenAPI document; 0 picks a free one.'),
  role: z
    .enum(['all', 'api,reconcile', 'gateway'])
    .default('all')
    .describe('What this process is: everything, all but the gateway, or a gateway alone.'),
  scoringPort: Port.default(8801).describe('Scoring port: what services answer on; 0 picks a free one.'),
  publicScoringUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address of the scoring port as callers see it, shown in scoring URIs; http, host and port unless given.',
    ),
  tlsCert: z
    .string()
    .optional()
    .describe(
      'PEM file with the certificate of the scoring port, chain included; read again when it changes.',
    ),
  tlsKey: z.string().optional().describe('PEM file with the private key of the certificate.'),
  plainScoringPort: Port.optional().describe('Scoring port without TLS, beside the one with TLS.'),
  headersTimeoutSeconds: Seconds.default(60).describe('Time a client of a service has to send the headers.'),
  requestTimeoutSeconds: Seconds.default(300).describe(
    'Time a client of a service has to send all of a request.',
  ),
  api: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the API that a gateway alone has its routes from.'),
  tokenFile: z.string().optional().describe('File with the token for that API.'),
  state: z
    .string()
    .optional()
    .describe(
      'File in which a gateway alone keeps its routes and their keys, to start while the API is away.',
    ),
  gatewayName: z
    .string()
    .optional()
    .describe('Name of a gateway alone, in metrics; host and port unless given.'),
  output: z
    .enum(['text', 'json'])
    .default('text')
    .describe('Form of the line that says the server is ready.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('warn')
    .describe('Least level of the server’s own log.'),
  database: z
    .string()
    .optional()
    .describe('URL of a PostgreSQL database; SQLite in the data folder unless given.'),
  s3Endpoint: z.string().optional().describe('URL of an S3 server; files in the data folder unless given.'),
  s3Bucket: z.string().optional().describe('Bucket that keeps the blobs, with s3Endpoint.'),
  s3Region: z.string().default('us-east-1').describe('Region of the bucket.'),
  s3AccessKeyId: z.string().optional().describe('Access key of the bucket.'),
  s3SecretAccessKey: z
    .string()
    .optional()
    .describe('Secret of the access key; better given by its variable than by flag.'),
  maxBodyMb: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_240)
    .default(100)
    .describe('Largest body of a scoring request, in MiB.'),
})

export type Config = z.output<typeof Config>

export type ConfigKey = keyof Config

export const configKeys = Object.keys(Config.shape) as ConfigKey[]

/** `scoringPort` is `--scoring-port`. */
export function flagOf(key: string): string {
  return `--${kebab(key)}`
}

/** `scoringPort` is `SLIPWAY_SCORING_PORT`. */
export function variableOf(key: string): string {
  return `SLIPWAY_${kebab(key).replaceAll('-', '_').toUpperCase()}`
}

function kebab(key: string): string {
  return key.replaceAll(/([A-Z])/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Flags win over variables, variables over defaults; an empty variable is none. Errors: `invalid` naming the flag and the value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = readFlags(argv)
  const given = configKeys.flatMap((key) => {
    const value = flags.get(key) ?? env[variableOf(key)] ?? ''
    return value.trim() === '' ? [] : [[key, value] as const]
  })
  const checked = checkValue(Config, { value: Object.fromEntries(given) })
  if (checked.kind === 'valid') {
    const broken = brokenRules(checked.data)[0]
    if (broken !== undefined) throw new ApiError('invalid', broken)
    return checked.data
  }
  const [{ path: key, message }] = checked.faults
  throw new ApiError('invalid', `${flagOf(key)} ${message}`)
}

/** Settings that only make sense together. */
function brokenRules(config: Config): string[] {
  const { role, tlsCert, tlsKey, plainScoringPort, api, tokenFile, publicScoringUrl } = config
  const given = (keys: readonly ConfigKey[]) => keys.filter((key) => config[key] !== undefined)
  const onlyGateway = given(['api', 'tokenFile', 'state', 'gatewayName'])
  const onlyPort = given(['tlsCert', 'tlsKey', 'plainScoringPort'])
  const onlyApi = given(['database', 's3Endpoint', 's3Bucket', 'publicScoringUrl'])
  const rules = [
    [
      (tlsCert === undefined) === (tlsKey === undefined),
      '--tls-cert and --tls-key go together: give both, or neither',
    ],
    [
      plainScoringPort === undefined || tlsCert !== undefined,
      '--plain-scoring-port stands beside a port with TLS: give --tls-cert and --tls-key, or --scoring-port alone',
    ],
    [
      role !== 'gateway' || (api !== undefined && tokenFile !== undefined),
      '--role gateway needs --api and --token-file',
    ],
    [
      role === 'gateway' || onlyGateway.length === 0,
      `${onlyGateway.map(flagOf).join(', ')} is for --role gateway (${role})`,
    ],
    [
      role !== 'api,reconcile' || onlyPort.length === 0,
      `${onlyPort.map(flagOf).join(', ')} is for a scoring port, and --role api,reconcile opens none: give it to the gateways`,
    ],
    [
      role !== 'gateway' || onlyApi.length === 0,
      `${onlyApi.map(flagOf).join(', ')} is for the API, not for --role gateway`,
    ],
    [
      role !== 'api,reconcile' || publicScoringUrl !== undefined,
      '--role api,reconcile needs --public-scoring-url: the address at which the gateways answer',
    ],
  ] as const
  return rules.flatMap(([holds, message]) => (holds ? [] : [message]))
}

/** `--port 1` and `--port=1`. */
function readFlags(argv: readonly string[]): Map<ConfigKey, string> {
  const flags = new Map<ConfigKey, string>()
  for (let index = 0; index < argv.length; index += 1) {
    const [flag = '', inline] = (argv[index] ?? '').split(/=(.*)/s)
    const key = configKeys.find((candidate) => flagOf(candidate) === flag)
    if (!key)
      throw new ApiError('invalid', `slipway serve has no ${flag}`, {
        hint: 'slipway serve --help lists the flags.',
      })
    const value = inline ?? argv[(index += 1)]
    if (value === undefined || value.trim() === '') throw new ApiError('invalid', `${flag} needs a value`)
    flags.set(key, value)
  }
  return flags
}

/** One line per setting. */
export function configHelp(): string {
  const rows = configKeys.map((key) => {
    const description = Config.shape[key].description ?? ''
    return `  ${flagOf(key).padEnd(24)} ${description} (${variableOf(key)})`
  })
  return ['Usage: slipway serve [flags]', '', ...rows].join('\n')
}
