/** What is said of values that break a rule. */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { checkValue } from './check-value.ts'
import { NewModel } from './model.ts'
import { Flag, listQuery, Tags } from './resource.ts'
import { ServiceSettings, SettingsChange } from './service-settings.ts'

describe('a value that breaks a rule is told the rule, and shown', () => {
  test.each([
    { schema: z.int().min(1), value: 0, says: 'must be at least 1 (0)' },
    { schema: z.int().max(100), value: 101, says: 'must be at most 100 (101)' },
    { schema: z.number().gt(0), value: 0, says: 'must be more than 0 (0)' },
    { schema: z.number().lt(1), value: 1, says: 'must be less than 1 (1)' },
    { schema: z.int(), value: 1.5, says: 'must be a whole number (1.5)' },
    { schema: z.int().multipleOf(8), value: 9, says: 'must be a multiple of 8 (9)' },
    { schema: z.coerce.number(), value: 'eighty', says: 'must be a number ("eighty")' },
    { schema: z.number(), value: '1', says: 'must be a number ("1")' },
    { schema: z.string(), value: 7, says: 'must be text (7)' },
    { schema: z.boolean(), value: 'yes', says: 'must be true or false ("yes")' },
    { schema: Flag, value: 'perhaps', says: 'must be true or false ("perhaps")' },
    { schema: z.string().min(1), value: '', says: 'must not be empty ("")' },
    { schema: z.string().min(16), value: 'short', says: 'must be at least 16 characters ("short")' },
    { schema: z.string().max(1), value: 'ab', says: 'must be at most 1 character ("ab")' },
    { schema: z.string().length(2), value: 'a', says: 'must be exactly 2 characters ("a")' },
    { schema: z.string().regex(/^a$/, 'must be a'), value: 'b', says: 'must be a ("b")' },
    { schema: z.string().regex(/^a$/), value: 'b', says: 'must match /^a$/ ("b")' },
    { schema: z.iso.datetime(), value: 'noon', says: 'must be a time such as 2026-01-31T12:00:00Z ("noon")' },
    { schema: z.email(), value: 'me', says: 'must be a valid email ("me")' },
    { schema: z.enum(['a', 'b', 'c']), value: 'd', says: 'must be a, b or c ("d")' },
    { schema: z.literal('a'), value: 'b', says: 'must be a ("b")' },
    { schema: listQuery.order, value: 'up', says: 'must be newest or oldest ("up")' },
    { schema: listQuery.tag, value: 7, says: 'must be text, or must be a list (7)' },
    { schema: z.array(z.string()), value: 'a', says: 'must be a list ("a")' },
    { schema: z.array(z.string()).min(1), value: [], says: 'must hold at least 1 item' },
    { schema: z.array(z.string()).max(2), value: ['a', 'b', 'c'], says: 'must hold at most 2 items' },
    { schema: z.object({}), value: 'a', says: 'must be an object ("a")' },
    { schema: z.object({}), value: [], says: 'must be an object' },
    { schema: Tags, value: null, says: 'must be an object (null)' },
    { schema: z.null(), value: 1, says: 'must be null (1)' },
    { schema: z.string(), value: undefined, says: 'must be given' },
    { schema: z.enum(['a', 'b']), value: undefined, says: 'must be given' },
    { schema: z.date(), value: 1, says: 'must be of type date (1)' },
  ])('$says', ({ schema, value, says }) => {
    expect(checkValue<unknown>(schema, { where: 'x', value })).toEqual({
      kind: 'invalid',
      faults: [{ path: 'x', message: says }],
    })
  })
})

describe('a value that has parts', () => {
  test('is told every part at fault by its path', () => {
    const value = { name: '', layout: 'box', size: 1, files: [{ path: 'a', digest: 'b', sizeBytes: -1 }] }
    expect(faultsOf(NewModel, value)).toEqual([
      { path: 'x.name', message: expect.stringMatching(/^must start with .* \(""\)$/) as string },
      { path: 'x.layout', message: 'must be file or folder ("box")' },
      { path: 'x.files.0.digest', message: 'must be sha256: and 64 hexadecimal digits ("b")' },
      { path: 'x.files.0.sizeBytes', message: 'must be at least 0 (-1)' },
      { path: 'x.size', message: 'is not known here' },
    ])
  })

  test('is told of a wrong key which rule it breaks', () => {
    expect(faultsOf(Tags, { '': 'a', b: 7 })).toEqual([
      { path: 'x.', message: 'must not be empty ("a")' },
      { path: 'x.b', message: 'must be text (7)' },
    ])
  })

  test('may break any rule that the contract has for settings', () => {
    const value = { numReplicas: 0, cpuCores: 2000, scoringTimeoutMs: 1.5, authEnabled: 'yes' }
    expect(faultsOf(ServiceSettings, value).map(({ message }) => message)).toEqual([
      'must be true or false ("yes")',
      'must be at least 1 (0)',
      'must be at most 1024 (2000)',
      'must be a whole number (1.5)',
    ])
  })

  test('is shown without its secrets', () => {
    const value = { environmentVariables: { PASSWORD: 7, '1A': 'hush' } }
    expect(faultsOf(SettingsChange, value).map(({ message }) => message)).toEqual([
      'must be text',
      'must be a name of letters, digits and underscores',
    ])
  })
})

test('a value that is very long is shown in part', () => {
  const [fault] = faultsOf(z.string().max(200), 'a'.repeat(300))
  expect(fault?.message).toMatch(/^must be at most 200 characters \("a{119}…\)$/)
})

test('paths begin where they are told to, or inside the value', () => {
  const checked = checkValue(Tags, { value: { team: 7 } })
  expect(checked).toMatchObject({ faults: [{ path: 'team' }] })
})

test('a value that keeps all rules comes back parsed', () => {
  const checked = checkValue(listQuery.limit, { where: 'x', value: '7' })
  expect(checked).toEqual({ kind: 'valid', data: 7 })
})

function faultsOf(schema: z.ZodType, value: unknown) {
  const checked = checkValue(schema, { where: 'x', value })
  return checked.kind === 'invalid' ? checked.faults : []
}
