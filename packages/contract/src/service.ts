/** Services: scoring endpoints with keys, settings and replicas of an image. */
import * as z from 'zod'
import { ImageReference, ServiceName } from './names.ts'
import { Condition, describable, Describe, Failure, Metadata } from './resource.ts'

/** Where replicas run. A kind is added here and in `compute`, nowhere else. */
export const TargetKind = z.enum(['process']).meta({ id: 'TargetKind' })
export type TargetKind = z.output<typeof TargetKind>

const settings = {
  authEnabled: z.boolean().default(true).describe('Ask callers for one of the two keys.'),
  numReplicas: z.int().min(1).max(100).default(1).describe('Workers that serve at the same time.'),
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
  initTimeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe('Longest that import and init() may take.'),
  environmentVariables: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and underscores'),
      z.string().max(32_768),
    )
    .default({})
    .describe('Variables the script finds in its environment.'),
}

export const ServiceSettings = z.strictObject(settings).meta({ id: 'ServiceSettings' })
export type ServiceSettings = z.output<typeof ServiceSettings>

/** Settings to change; what is left out stays, null takes a limit away. */
export const SettingsChange = z
  .strictObject({
    authEnabled: settings.authEnabled.unwrap().optional(),
    numReplicas: settings.numReplicas.unwrap().optional(),
    cpuCores: settings.cpuCores.unwrap().nullable().optional(),
    memoryGb: settings.memoryGb.unwrap().nullable().optional(),
    scoringTimeoutMs: settings.scoringTimeoutMs.unwrap().optional(),
    replicaMaxConcurrentRequests: settings.replicaMaxConcurrentRequests.unwrap().optional(),
    maxRequestWaitTimeMs: settings.maxRequestWaitTimeMs.unwrap().optional(),
    initTimeoutSeconds: settings.initTimeoutSeconds.unwrap().optional(),
    environmentVariables: settings.environmentVariables.unwrap().optional(),
  })
  .meta({ id: 'SettingsChange' })

export const ServiceSpec = z
  .object({
    image: ImageReference.describe('Image to serve, as `name` (the latest version) or `name:version`.'),
    target: TargetKind.default('process').describe('Where it runs.'),
    settings: ServiceSettings.default(() => ServiceSettings.parse({})),
  })
  .meta({ id: 'ServiceSpec' })

export type ServiceSpec = z.output<typeof ServiceSpec>

export const ServiceState = z
  .enum(['Transitioning', 'Healthy', 'Unhealthy', 'Failed'])
  .meta({ id: 'ServiceState' })
export type ServiceState = z.output<typeof ServiceState>

export const Replica = z
  .object({
    id: z.string(),
    image: z.string(),
    current: z.boolean().describe('True for what the spec asks for now, false for the version before.'),
    phase: z.enum(['starting', 'ready', 'failed', 'stopping']),
    step: z.string().optional().describe('What it is doing, or where it failed.'),
    restarts: z.int(),
    startedAt: z.iso.datetime(),
    readyAt: z.iso.datetime().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'Replica' })

export type Replica = z.output<typeof Replica>

export const Enforcement = z
  .object({
    enforced: z.boolean(),
    by: z.string().optional().describe('Means of the host, such as `cgroup-v1`.'),
    why: z.string().optional().describe('Why the host cannot enforce it.'),
  })
  .meta({ id: 'Enforcement' })

export type Enforcement = z.output<typeof Enforcement>

export const Revision = z
  .object({
    image: z.string(),
    settings: ServiceSettings,
    generation: z.int(),
    servedSince: z.iso.datetime(),
  })
  .meta({ id: 'Revision' })

export type Revision = z.output<typeof Revision>

export const Service = z
  .object({
    kind: z.literal('service'),
    name: ServiceName,
    metadata: Metadata,
    spec: ServiceSpec,
    status: z.object({
      state: ServiceState,
      scoringUri: z.string(),
      swaggerUri: z.string(),
      serving: Revision.optional().describe(
        'What answers requests now; absent until the first replica is ready.',
      ),
      history: z
        .array(Revision)
        .describe('What was served before, newest first; rollback goes to the first.'),
      replicas: z.array(Replica),
      limits: z
        .object({ cpu: Enforcement, memory: Enforcement })
        .describe('What the host enforces of the limits.'),
      error: Failure.optional(),
      conditions: z.array(Condition),
    }),
  })
  .meta({ id: 'Service' })

export type Service = z.output<typeof Service>

export const NewService = z
  .strictObject({ name: ServiceName, ...describable, ...ServiceSpec.shape })
  .meta({ id: 'NewService' })

export const ServiceUpdate = z
  .strictObject({
    ...Describe.shape,
    image: ImageReference.optional().describe('Image to serve from now on.'),
    settings: SettingsChange.optional(),
  })
  .meta({ id: 'ServiceUpdate' })

export type ServiceUpdate = z.output<typeof ServiceUpdate>

export const ServiceKeys = z
  .object({ primaryKey: z.string(), secondaryKey: z.string() })
  .meta({ id: 'ServiceKeys' })

export const KeyType = z.enum(['Primary', 'Secondary']).meta({ id: 'KeyType' })

export const RegenerateKey = z
  .strictObject({
    keyType: KeyType.describe('Which of the two keys.'),
    keyValue: z
      .string()
      .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable characters without spaces')
      .optional()
      .describe('The new value; a random one unless given.'),
  })
  .meta({ id: 'RegenerateKey' })

export const WhyStep = z
  .object({
    step: z.enum(['spec', 'environment', 'build', 'start', 'import', 'init', 'route', 'ready']),
    status: z.enum(['ok', 'waiting', 'failed', 'unknown']),
    message: z.string(),
    at: z.iso.datetime().optional(),
  })
  .meta({ id: 'WhyStep' })

export type WhyStep = z.output<typeof WhyStep>

export const Why = z
  .object({
    service: ServiceName,
    state: ServiceState,
    summary: z.string().describe('The answer in one sentence.'),
    chain: z.array(WhyStep).describe('From the wish to the fact, in order.'),
    hint: z.string().optional().describe('What to do.'),
    log: z.array(z.string()).describe('The lines of the log that belong to the first failing step.'),
  })
  .meta({ id: 'Why' })

export type Why = z.output<typeof Why>
