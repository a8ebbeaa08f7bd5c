/** The flags of services, derived from the contract. */
import {
  logQuery,
  NewService,
  NewServiceSettings,
  NewVersion,
  services,
  ServiceSettings,
  ServiceUpdate,
  SettingsChange,
  VersionSettings,
  VersionSettingsChange,
  VersionUpdate,
} from '@slipway/contract'
import { describeFlags } from '../flags/describe-flags.ts'
import { fieldFlags, type FieldFlag, type Shape } from '../flags/field-flags.ts'
import { listFlags } from '../flags/list-flags.ts'

/** The flag of a setting is called after its field, lists and pairs after one of them. */
const flagNames: Readonly<Record<string, string>> = {
  environmentVariables: 'environment-variable',
  corsOrigins: 'cors-origin',
}

function settingFlags(shape: Shape, described?: Shape): FieldFlag[] {
  const fields = Object.fromEntries(
    Object.keys(shape).map((field) => [field, flagNames[field] ?? true] as const),
  )
  return fieldFlags({ shape, fields, described })
}

/** A sample is rather kept in a file than typed. */
function mayBeInFile(flags: readonly FieldFlag[]): FieldFlag[] {
  return flags.map((flag) =>
    flag.field === 'sampleRequest' ? { ...flag, description: `${flag.description} @FILE reads it.` } : flag,
  )
}

export const deployFlags = mayBeInFile(
  fieldFlags({
    shape: NewService.shape,
    fields: {
      image: true,
      target: true,
      versionName: true,
      sampleRequest: true,
      primaryKey: true,
      secondaryKey: true,
      description: true,
      tags: 'tag',
      properties: 'property',
    },
  }),
)

export const settingsFlags = settingFlags(NewServiceSettings.shape)

export const changeFlags = settingFlags(SettingsChange.shape, ServiceSettings.shape)

export const updateFlags = [
  ...mayBeInFile(
    fieldFlags({
      shape: ServiceUpdate.shape,
      fields: { image: true, sampleRequest: true },
      described: NewService.shape,
    }),
  ),
  ...describeFlags(ServiceUpdate.shape),
]

const versionFields = {
  image: true,
  trafficPercent: true,
  shadowPercent: true,
  isDefault: 'default',
  type: true,
  sampleRequest: true,
  description: true,
} as const

export const newVersionFlags = mayBeInFile(fieldFlags({ shape: NewVersion.shape, fields: versionFields }))

export const versionUpdateFlags = mayBeInFile(
  fieldFlags({
    shape: VersionUpdate.shape,
    fields: versionFields,
    described: NewVersion.shape,
  }),
)

export const versionSettingsFlags = settingFlags(VersionSettings.shape)

export const versionChangeFlags = settingFlags(VersionSettingsChange.shape, VersionSettings.shape)

export const listFilters = listFlags(services.list.query.shape, ['image', 'target'])

export const logFlags = fieldFlags({ shape: logQuery, fields: { lines: true, requestId: true } })
