/** Tests flags made from schemas, and the request fields that come out of them. */
import { models, NewModel, ServiceSettings, SettingsChange } from '@slipway/contract'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addFlags, fieldFlags, readFlags, type FieldFlag } from './field-flags.ts'

const settings = fieldFlags({
  shape: ServiceSettings.shape,
  fields: {
    authEnabled: true,
    numReplicas: true,
    cpuCores: true,
    environmentVariables: 'environment-variable',
  },
})
const changes = fieldFlags({
  shape: SettingsChange.shape,
  fields: { cpuCores: true, authEnabled: true },
  described: ServiceSettings.shape,
})
const model = fieldFlags({
  shape: NewModel.shape,
  fields: { tags: 'tag', allowUnsafe: true, framework: true },
})
const query = fieldFlags({ shape: models.list.query.shape, fields: { latest: true } })

describe('flags from a schema', () => {
  test('only those given become fields, so that defaults stay the server’s', () => {
    expect(fieldsOf(settings, [])).toEqual({})
  })

  test.each([
    { flags: settings, argv: ['--num-replicas', '3'], fields: { numReplicas: 3 } },
    { flags: settings, argv: ['--cpu-cores', '0.5'], fields: { cpuCores: 0.5 } },
    { flags: settings, argv: ['--auth-enabled', 'false'], fields: { authEnabled: false } },
    { flags: model, argv: ['--allow-unsafe'], fields: { allowUnsafe: true } },
    { flags: query, argv: ['--latest'], fields: { latest: 'true' } },
    { flags: query, argv: [], fields: {} },
    { flags: model, argv: ['--framework', 'a b'], fields: { framework: 'a b' } },
    { flags: model, argv: ['--tag', 'a=1', '--tag', 'b=x=y'], fields: { tags: { a: '1', b: 'x=y' } } },
    { flags: model, argv: ['--tag', 'a='], fields: { tags: { a: '' } } },
    { flags: changes, argv: ['--cpu-cores', 'none'], fields: { cpuCores: null } },
    {
      flags: settings,
      argv: ['--environment-variable', 'A=1', '--environment-variable', 'B=2'],
      fields: { environmentVariables: { A: '1', B: '2' } },
    },
  ])('$argv gives $fields', ({ flags, argv, fields }) => {
    expect(fieldsOf(flags, argv)).toEqual(fields)
  })

  test.each([
    { flags: settings, argv: ['--num-replicas', '0'], says: '--num-replicas must be at least 1 (0)' },
    { flags: settings, argv: ['--num-replicas', '1.5'], says: '--num-replicas must be a whole number (1.5)' },
    { flags: changes, argv: ['--cpu-cores', '2000'], says: '--cpu-cores must be at most 1024 (2000)' },
    {
      flags: settings,
      argv: ['--environment-variable', '1A=hush'],
      says: '--environment-variable 1A must be a name of letters, digits and underscores',
    },
    {
      flags: settings,
      argv: ['--num-replicas', '1001', '--cpu-cores', '0'],
      says: '--num-replicas must be at most 1000 (1001); --cpu-cores must be at least 0.01 (0)',
    },
  ])('$argv is refused with the rule and the value', ({ flags, argv, says }) => {
    expect(() => fieldsOf(flags, argv)).toThrow(expect.objectContaining({ message: says }) as Error)
  })

  test('a flag that is true or false is true without a value', () => {
    expect(fieldsOf(changes, ['--auth-enabled', '--cpu-cores', '2'])).toEqual({
      authEnabled: true,
      cpuCores: 2,
    })
    expect(fieldsOf(changes, ['--auth-enabled', 'false'])).toEqual({ authEnabled: false })
  })

  test('a change has the descriptions of what it changes, and no defaults', () => {
    expect(changes.find(({ field }) => field === 'authEnabled')).toMatchObject({
      description: 'Ask callers for one of the two keys; true unless tokens are asked for.',
      defaultValue: undefined,
      kind: 'boolean',
    })
  })

  test('a field that the contract does not have is a fault of ours', () => {
    expect(() => fieldFlags({ shape: NewModel.shape, fields: { nmae: true } })).toThrow('no field nmae')
  })
})

function fieldsOf(flags: readonly FieldFlag[], argv: readonly string[]): Record<string, unknown> {
  const command = addFlags(new Command(), flags).exitOverride()
  command.parse(argv, { from: 'user' })
  return readFlags(command.opts(), flags)
}
