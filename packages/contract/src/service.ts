/** Services: scoring endpoints with keys, settings and replicas of an image. */
import * as z from 'zod'
import { ImageReference, ServiceName } from './names.ts'
import { Condition, describable, Describe, Failure, Metadata } from './resource.ts'
import { givenKeys } from './service-access.ts'
import { NewServiceSettings, ServiceSettings, SettingsChange, VersionSettings } from './service-settings.ts'
import { SampleRequest, ServiceVersion, VersionName } from './service-version.ts'

/** Where replicas run. A kind is added here and in `compute`, nowhere else. */
export const TargetKind = z.enum(['process']).meta({ id: 'TargetKind' })
export type TargetKind = z.output<typeof TargetKind>

export const ServiceSpec = z
  .object({
    image: ImageReference.describe('Image to serve, as `name` (the latest version) or `name:version`.'),
    target: TargetKind.default('process').describe('Where it runs.'),
    settings: ServiceSettings.default(() => ServiceSettings.parse({})),
    sampleRequest: SampleRequest.optional(),
    versionName: VersionName.default('v1').describe(
      'Name of the default version, which image, settings and sampleRequest belong to.',
    ),
    versionDescription: z.string().optional().describe('Free text about the default version.'),
    controlVersion: VersionName.optional().describe(
      'The version that the others are compared with; the default one unless given.',
    ),
    versions: z.record(VersionName, ServiceVersion).default({}).describe('The other versions, by name.'),
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
    settings: VersionSettings,
    generation: z.int().describe('Generation of the service in which it began to serve.'),
    servedSince: z.iso.datetime(),
  })
  .meta({ id: 'Revision' })

export type Revision = z.output<typeof Revision>

export const ScalingDecision = z
  .object({
    at: z.iso.datetime(),
    from: z.int().describe('Replicas wanted before.'),
    to: z.int().describe('Replicas wanted since.'),
    reason: z.string().describe('The arithmetic.'),
  })
  .meta({ id: 'ScalingDecision' })

export type ScalingDecision = z.output<typeof ScalingDecision>

export const Autoscale = z
  .object({
    replicas: z.int().describe('Replicas that the autoscaler wants.'),
    decisions: z.array(ScalingDecision).describe('The last twenty that changed something, newest first.'),
  })
  .meta({ id: 'Autoscale' })

export type Autoscale = z.output<typeof Autoscale>

const served = {
  serving: Revision.optional().describe(
    'What answers requests now; absent until the first replica is ready.',
  ),
  history: z.array(Revision).describe('What was served before, newest first; rollback goes to the first.'),
  replicas: z.array(Replica),
}

export const VersionStatus = z
  .object({
    state: ServiceState,
    message: z.string().describe('How it is, in one sentence.'),
    ...served,
    deployed: z.boolean().describe('True once all replicas of what serves have been ready.'),
    wantedReplicas: z.int(),
    trafficPercent: z.number().describe('Percent of the requests it is given now.'),
    autoscale: Autoscale.optional(),
    error: Failure.optional(),
  })
  .meta({ id: 'VersionStatus' })

export type VersionStatus = z.output<typeof VersionStatus>

export const Service = z
  .object({
    kind: z.literal('service'),
    name: ServiceName,
    metadata: Metadata,
    spec: ServiceSpec,
    status: z
      .object({
        state: ServiceState,
        scoringUri: z.string(),
        swaggerUri: z.string(),
        defaultVersion: VersionName.optional().describe(
          'What answers the requests that others leave; the default version of the spec once that is ready.',
        ),
        ...served,
        versions: z.record(VersionName, VersionStatus).describe('Every version, the default one too.'),
        limits: z
          .object({ cpu: Enforcement, memory: Enforcement })
          .describe('What the host enforces of the limits.'),
        error: Failure.optional(),
        conditions: z.array(Condition),
      })
      .describe('State, serving, history, replicas, error and conditions are those of the default version.'),
  })
  .meta({ id: 'Service' })

export type Service = z.output<typeof Service>

export const NewService = z
  .strictObject({
    name: ServiceName,
    ...describable,
    ...givenKeys,
    image: ServiceSpec.shape.image,
    target: ServiceSpec.shape.target,
    settings: NewServiceSettings.default(() => NewServiceSettings.parse({})),
    sampleRequest: ServiceSpec.shape.sampleRequest,
    versionName: VersionName.default('v1').describe('Name of the first version.'),
  })
  .meta({ id: 'NewService' })

export type NewService = z.output<typeof NewService>

export const ServiceUpdate = z
  .strictObject({
    ...Describe.shape,
    image: ImageReference.optional().describe('Image to serve from now on.'),
    settings: SettingsChange.optional(),
    sampleRequest: SampleRequest.nullable().optional(),
  })
  .meta({ id: 'ServiceUpdate' })

export type ServiceUpdate = z.output<typeof ServiceUpdate>
