/** Settings of services and of their versions, with Azure’s defaults and limits. */
import * as z from 'zod'

const replicaCount = z.int().min(1).max(1000)

/** Each version of a service has its own. */
const ofVersion = {
  numReplicas: replicaCount
    .optional()
    .describe('Workers that serve at the same time; 1 unless given, and none with autoscaleEnabled.'),
  autoscaleEnabled: z.boolean().default(false).describe('Let the load decide how many workers serve.'),
  autoscaleMinReplicas: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      'Least workers with autoscaling, 1 unless given; with 0 the first request after a rest starts one.',
    ),
  autoscaleMaxReplicas: replicaCount.optional().describe('Most workers with autoscaling, 10 unless given.'),
  autoscaleRefreshSeconds: z
    .int()
    .min(1)
    .max(3600)
    .optional()
    .describe('Seconds of load that each decision of the autoscaler looks back over, 1 unless given.'),
  autoscaleTargetUtilization: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Percent of the workers that are to be busy with autoscaling, 70 unless given.'),
  cpuCores: z
    .number()
    .min(0.01)
    .max(1024)
    .optional()
    .describe('CPU of each replica, in cores; no limit unless given.'),
  memoryGb: z
    .number()
    .min(0.01)
    .max(16_384)
    .optional()
    .describe('Memory of each replica, in GiB; no limit unless given.'),
  gpuCores: z.int().min(0).max(64).optional().describe('GPUs of each replica; refused where there are none.'),
  scoringTimeoutMs: z.int().min(5).max(300_000).default(60_000).describe('Longest a call of run() may take.'),
  replicaMaxConcurrentRequests: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('Requests admitted to a replica; run() is called one at a time whatever it is.'),
  maxRequestWaitTimeMs: z
    .int()
    .min(0)
    .max(300_000)
    .default(500)
    .describe('Longest a request waits for a free replica.'),
  maxQueueLength: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('Requests that may wait for a free replica; those beyond are refused at once.'),
  initTimeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe('Longest that import and init() may take.'),
  periodSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('From one probe of an idle replica to the next.'),
  initialDelaySeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(310)
    .describe('From the start of a replica to its first probe.'),
  timeoutSeconds: z.int().min(1).max(300).default(2).describe('Longest the answer to a probe may take.'),
  successThreshold: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('Probes answered in a row that make it healthy.'),
  failureThreshold: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Probes missed in a row after which a replica is started again.'),
  scriptErrors: z
    .enum(['as-sent', 'bad-gateway'])
    .default('as-sent')
    .describe('Pass a 5xx of the script on, or turn it into 502 as the front end of a cluster did.'),
  enableAppInsights: z.boolean().default(false).describe('Send telemetry; refused, as there is none yet.'),
  collectModelData: z
    .boolean()
    .default(false)
    .describe('Keep inputs and outputs; refused, as it is not there yet.'),
  environmentVariables: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and underscores'),
      z.string().max(32_768),
    )
    .default({})
    .describe('Variables the script finds in its environment.'),
}

const authEnabled = z
  .boolean()
  .describe('Ask callers for one of the two keys; true unless tokens are asked for.')

/** One for all versions of a service. */
const ofService = {
  authEnabled: authEnabled.default(true),
  tokenAuthEnabled: z
    .boolean()
    .default(false)
    .describe('Ask callers for a token that expires, in place of a key.'),
  corsOrigins: z
    .array(
      z
        .string()
        .regex(/^(?:\*|https?:\/\/[^\s/?#]+)$/, 'must be an origin such as https://example.com, or *'),
    )
    .max(100)
    .default([])
    .describe('Origins whose pages may call the service from a browser; * for all, none unless given.'),
  sslEnabled: z
    .boolean()
    .default(false)
    .describe('Be reached over HTTPS; refused where the scoring port has no certificate.'),
}

type Settings = z.output<z.ZodObject<typeof ofVersion>>

export const VersionSettings = z
  .strictObject(ofVersion)
  .superRefine(checkReplicas)
  .meta({ id: 'VersionSettings' })
export type VersionSettings = Settings

export const ServiceSettings = z
  .strictObject({ ...ofService, ...ofVersion })
  .superRefine(checkReplicas)
  .superRefine(checkAuth)
  .meta({ id: 'ServiceSettings' })
export type ServiceSettings = z.output<typeof ServiceSettings>

/** What is left out of `authEnabled` follows from `tokenAuthEnabled`. */
export const NewServiceSettings = z
  .strictObject({ ...ofService, ...ofVersion, authEnabled: authEnabled.optional() })
  .superRefine(checkReplicas)
  .superRefine(checkAuth)
  .meta({ id: 'NewServiceSettings' })

/** Settings to change; what is left out stays, null takes away what need not be there. */
export const SettingsChange = z
  .strictObject(changeOf({ ...ofService, ...ofVersion }))
  .meta({ id: 'SettingsChange' })
export const VersionSettingsChange = z.strictObject(changeOf(ofVersion)).meta({ id: 'VersionSettingsChange' })

export type SharedSettings = Omit<ServiceSettings, keyof VersionSettings>

/** Those settings of a service that all its versions share. */
export function sharedSettingsOf(settings: ServiceSettings): SharedSettings {
  const { authEnabled: keys, tokenAuthEnabled, corsOrigins, sslEnabled } = settings
  return { authEnabled: keys, tokenAuthEnabled, corsOrigins, sslEnabled }
}

/** Those settings of a service that each version has for itself. */
export function versionSettingsOf(settings: ServiceSettings): VersionSettings {
  const { authEnabled: _, tokenAuthEnabled: __, corsOrigins: ___, sslEnabled: ____, ...version } = settings
  return version
}

export interface AutoscaleSettings {
  minReplicas: number
  maxReplicas: number
  refreshSeconds: number
  /** Percent. */
  targetUtilization: number
}

/** With the defaults in place; undefined where the number of replicas is fixed. */
export function autoscaleOf(settings: Settings): AutoscaleSettings | undefined {
  if (!settings.autoscaleEnabled) return undefined
  return {
    minReplicas: settings.autoscaleMinReplicas ?? 1,
    maxReplicas: settings.autoscaleMaxReplicas ?? 10,
    refreshSeconds: settings.autoscaleRefreshSeconds ?? 1,
    targetUtilization: settings.autoscaleTargetUtilization ?? 70,
  }
}

export const autoscaleFields = [
  'autoscaleMinReplicas',
  'autoscaleMaxReplicas',
  'autoscaleRefreshSeconds',
  'autoscaleTargetUtilization',
] as const

type Report = Pick<z.RefinementCtx, 'addIssue'>

function checkReplicas(settings: Settings, report: Report): void {
  const fault = (field: keyof Settings, message: string) =>
    report.addIssue({ code: 'custom', path: [field], message, input: settings[field] })
  const policy = autoscaleOf(settings)
  if (!policy) {
    for (const field of autoscaleFields)
      if (settings[field] !== undefined) fault(field, 'needs autoscaleEnabled to be true')
    return
  }
  if (settings.numReplicas !== undefined)
    fault('numReplicas', 'excludes autoscaleEnabled, which must be false for a fixed number')
  if (policy.minReplicas > policy.maxReplicas)
    fault('autoscaleMinReplicas', `must not exceed autoscaleMaxReplicas, which is ${policy.maxReplicas}`)
}

function checkAuth(
  settings: { authEnabled?: boolean | undefined; tokenAuthEnabled: boolean },
  report: Report,
): void {
  if (!settings.authEnabled || !settings.tokenAuthEnabled) return
  const message = 'excludes authEnabled: callers are asked for a key or for a token, not for both'
  report.addIssue({ code: 'custom', path: ['tokenAuthEnabled'], message, input: true })
}

type ChangeOf<Shape> = {
  [Field in keyof Shape]: Shape[Field] extends z.ZodDefault<infer T>
    ? z.ZodOptional<T>
    : Shape[Field] extends z.ZodOptional<infer T>
      ? z.ZodOptional<z.ZodNullable<T>>
      : never
}

function changeOf<Shape extends Record<string, z.ZodDefault<z.ZodType> | z.ZodOptional<z.ZodType>>>(
  shape: Shape,
): ChangeOf<Shape> {
  const fields = Object.entries(shape).map(([field, schema]) => [
    field,
    schema instanceof z.ZodDefault ? schema.unwrap().optional() : schema.unwrap().nullable().optional(),
  ])
  // Each field is made by the rule that the type states.
  return Object.fromEntries(fields) as ChangeOf<Shape>
}
