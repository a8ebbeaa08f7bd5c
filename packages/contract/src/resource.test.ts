/** What records of free keys say when a key is wrong. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { recordOf, Tags } from './resource.ts'

test('a wrong key is refused with the rule that it breaks', () => {
  const variables = recordOf(z.string().regex(/^[a-z]+$/, 'must be letters'), z.string())
  const { error } = variables.safeParse({ ok: '1', '1a': '2' })
  expect(error?.issues).toMatchObject([{ message: 'must be letters', path: ['1a'] }])
})

test('a wrong value is refused as such', () => {
  const { error } = Tags.safeParse({ team: 7 })
  expect(error?.issues).toMatchObject([{ code: 'invalid_type', path: ['team'] }])
})
