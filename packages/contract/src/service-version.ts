/** Versions of a service: up to six images with settings of their own, and their shares of the requests. */
import * as z from 'zod'
import { ImageReference } from './names.ts'
import { VersionSettings, VersionSettingsChange, versionSettingsOf } from './service-settings.ts'
import type { ServiceSpec } from './service.ts'

export const maxVersions = 6

export const VersionName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must be 1 to 32 lower-case letters, digits and dashes, and start with a letter',
  )
  .meta({ id: 'VersionName' })

/** Control: what the others, the treatments, are compared with. */
export const VersionType = z.enum(['Control', 'Treatment']).meta({ id: 'VersionType' })
export type VersionType = z.output<typeof VersionType>

const percent = z.number().min(0).max(100)

export const SampleRequest = z
  .string()
  .max(1_048_576)
  .describe('JSON that each new replica must answer before it is given requests.')

const trafficPercent = percent.describe(
  'Percent of the requests it answers; the default version answers what the others leave.',
)
const shadowPercent = percent.describe(
  'Percent of the requests of which it receives a copy; its replies are compared and thrown away.',
)
const description = z.string().max(8192).describe('Free text about this version.')

/** A version beside the default one. */
export const ServiceVersion = z
  .object({
    image: ImageReference.describe('Image to serve, as `name` (the latest version) or `name:version`.'),
    settings: VersionSettings.default(() => VersionSettings.parse({})),
    trafficPercent: trafficPercent.default(0),
    shadowPercent: shadowPercent.default(0),
    description: description.optional(),
    sampleRequest: SampleRequest.optional(),
  })
  .meta({ id: 'ServiceVersion' })

export type ServiceVersion = z.output<typeof ServiceVersion>

const isDefault = z.boolean().describe('Make it the default version, as soon as it is ready.')
const type = VersionType.describe('Making it the control makes a treatment of the control of before.')

export const NewVersion = z
  .strictObject({
    name: VersionName,
    ...ServiceVersion.shape,
    isDefault: isDefault.default(false),
    type: type.default('Treatment'),
  })
  .meta({ id: 'NewVersion' })

export type NewVersion = z.output<typeof NewVersion>

export const VersionUpdate = z
  .strictObject({
    image: ImageReference.optional().describe('Image to serve from now on.'),
    settings: VersionSettingsChange.optional(),
    trafficPercent: trafficPercent.optional(),
    shadowPercent: shadowPercent.optional(),
    isDefault: isDefault.optional(),
    type: type.optional(),
    description: description.nullable().optional(),
    sampleRequest: SampleRequest.nullable().optional(),
  })
  .meta({ id: 'VersionUpdate' })

export type VersionUpdate = z.output<typeof VersionUpdate>

/** A version as all of them can be seen, the default one too. */
export interface NamedVersion extends ServiceVersion {
  name: string
  isDefault: boolean
  type: VersionType
}

/** All versions of a service, the default one first, then by name. */
export function versionsOf(spec: ServiceSpec): NamedVersion[] {
  const control = spec.controlVersion ?? spec.versionName
  const others = Object.entries(spec.versions).sort(([a], [b]) => (a < b ? -1 : 1))
  return [[spec.versionName, defaultVersionOf(spec)] as const, ...others].map(([name, version]) => ({
    ...version,
    name,
    isDefault: name === spec.versionName,
    type: name === control ? 'Control' : 'Treatment',
  }))
}

/** What such shares leave of a hundred percent, without the dust of binary fractions; below zero where they are too many. */
export function percentLeft(shares: readonly { trafficPercent: number }[]): number {
  const given = shares.reduce((sum, { trafficPercent: share }) => sum + share, 0)
  return (100e6 - Math.round(given * 1e6)) / 1e6
}

function defaultVersionOf(spec: ServiceSpec): ServiceVersion {
  const { image, settings, sampleRequest, versionDescription: said } = spec
  return {
    image,
    settings: versionSettingsOf(settings),
    trafficPercent: percentLeft(Object.values(spec.versions)),
    shadowPercent: 0,
    ...(said !== undefined && { description: said }),
    ...(sampleRequest !== undefined && { sampleRequest }),
  }
}
