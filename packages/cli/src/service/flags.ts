/** The flags of services, derived from the contract. */
import {
  logQuery,
  NewService,
  services,
  ServiceSettings,
  ServiceUpdate,
  SettingsChange,
} from '@slipway/contract'
import { describeFlags } from '../flags/describe-flags.ts'
import { fieldFlags } from '../flags/field-flags.ts'
import { listFlags } from '../flags/list-flags.ts'

const settings = Object.fromEntries(
  Object.keys(ServiceSettings.shape).map((field) => [
    field,
    field === 'environmentVariables' ? 'environment-variable' : (true as const),
  ]),
)

export const deployFlags = fieldFlags({
  shape: NewService.shape,
  fields: { image: true, target: true, description: true, tags: 'tag', properties: 'property' },
})

export const settingsFlags = fieldFlags({ shape: ServiceSettings.shape, fields: settings })

export const changeFlags = fieldFlags({
  shape: SettingsChange.shape,
  fields: settings,
  described: ServiceSettings.shape,
})

export const updateFlags = [
  ...fieldFlags({ shape: ServiceUpdate.shape, fields: { image: true } }),
  ...describeFlags(ServiceUpdate.shape),
]

export const listFilters = listFlags(services.list.query.shape, ['image', 'target'])

export const logFlags = fieldFlags({ shape: logQuery, fields: { lines: true, requestId: true } })
