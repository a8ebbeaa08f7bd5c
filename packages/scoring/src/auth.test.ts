/** Keys that pass and headers that do not. */
import { expect, test } from 'vitest'
import { createAuthCheck } from './auth.ts'

const check = createAuthCheck({ kind: 'keys', keys: ['first', 'second'] })

test.each(['Bearer first', 'Bearer second', 'bearer first', 'Bearer  second '])('%j passes', (header) => {
  expect(check(header)).toBeUndefined()
})

test.each([
  { header: undefined, text: 'Unauthorized, no auth header' },
  { header: 'Basic first', text: 'Unauthorized, the Authorization header must read Bearer <key>' },
  { header: 'Bearer ', text: 'Unauthorized, the Authorization header must read Bearer <key>' },
  { header: 'Bearer firs', text: 'Unauthorized, the key is not valid' },
  { header: 'Bearer First', text: 'Unauthorized, the key is not valid' },
  { header: 'Bearer secondsecond', text: 'Unauthorized, the key is not valid' },
])('$header is refused', ({ header, text }) => {
  expect(check(header)).toBe(text)
})

test('an empty key opens nothing, and a service without keys is open', () => {
  expect(createAuthCheck({ kind: 'keys', keys: ['', 'second'] })('Bearer ')).toBeDefined()
  expect(createAuthCheck({ kind: 'none' })(undefined)).toBeUndefined()
})
