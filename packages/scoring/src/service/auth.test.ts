/** Keys and tokens that pass, and headers that do not. */
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createAuthCheck } from './auth.ts'
import { issueToken } from './issue-token.ts'

const noon = Date.parse('2026-01-01T12:00:00Z')

describe('a service with keys', () => {
  const check = createAuthCheck({ kind: 'keys', keys: ['first', 'second'] }, () => noon)

  test.each(['Bearer first', 'Bearer second', 'bearer first', 'Bearer  second '])(
    'lets %j pass',
    (header) => {
      expect(check(header)).toBeUndefined()
    },
  )

  test.each([
    { header: undefined, text: 'Unauthorized, no auth header' },
    { header: 'Basic first', text: 'Unauthorized, the Authorization header must read Bearer <key>' },
    { header: 'Bearer ', text: 'Unauthorized, the Authorization header must read Bearer <key>' },
    { header: 'Bearer firs', text: 'Unauthorized, the key is not valid' },
    { header: 'Bearer First', text: 'Unauthorized, the key is not valid' },
    { header: 'Bearer secondsecond', text: 'Unauthorized, the key is not valid' },
    { header: 'Bearer eyJh.eyJl.c2ln', text: 'Unauthorized, the service asks for a key, not for a token' },
  ])('refuses $header', ({ header, text }) => {
    expect(check(header)).toBe(text)
  })

  test('compares whole keys, however long they are', () => {
    const long = 'k'.repeat(200)
    const checkLong = createAuthCheck({ kind: 'keys', keys: [long, 'x'] }, () => noon)
    expect(checkLong(`Bearer ${long}`)).toBeUndefined()
    expect(checkLong(`Bearer ${long}k`)).toBeDefined()
    expect(checkLong(`Bearer ${long.slice(1)}`)).toBeDefined()
    expect(check(`Bearer first${'\u0000'.repeat(80)}`)).toBeDefined()
  })

  test('has nothing that an empty key opens', () => {
    expect(createAuthCheck({ kind: 'keys', keys: ['', 'second'] }, () => noon)('Bearer ')).toBeDefined()
  })
})

test('a service without keys is open', () => {
  expect(createAuthCheck({ kind: 'none' }, () => noon)(undefined)).toBeUndefined()
})

describe('a service with tokens', () => {
  const secret = Buffer.alloc(32, 7).toString('base64url')
  const audience = 'default/demo'
  const issued = { secret, audience, now: new Date(noon), lifetimeSeconds: 60 }
  const invalid = 'Unauthorized, the token is not valid'
  let nowMs = noon
  const newCheck = () => {
    nowMs = noon
    return createAuthCheck({ kind: 'tokens', secret, audience }, () => nowMs)
  }
  const sign = (token: SignJWT, key = Buffer.alloc(32, 7)) => token.setAudience(audience).sign(key)

  test('lets its own tokens pass, without a promise from the second time on', async () => {
    const check = newCheck()
    const header = `Bearer ${await issueToken(issued)}`
    expect(check(header)).toBeInstanceOf(Promise)
    expect(await check(header)).toBeUndefined()
    expect(check(header)).toBeUndefined()
  })

  test('refuses a token that has expired, known or not', async () => {
    const check = newCheck()
    const header = `Bearer ${await issueToken(issued)}`
    expect(await check(header)).toBeUndefined()
    nowMs = noon + 66_000
    const expired = 'Unauthorized, the token has expired'
    expect(check(header)).toBe(expired)
    expect(await check(header)).toBe(expired)
  })

  test.each([
    { name: 'of another service', token: () => issueToken({ ...issued, audience: 'default/other' }) },
    {
      name: 'of the secret before',
      token: () => issueToken({ ...issued, secret: Buffer.alloc(32, 8).toString('base64url') }),
    },
    {
      name: 'that begins later',
      token: () => issueToken({ ...issued, now: new Date(noon + 10_000) }),
    },
    {
      name: 'that never expires',
      token: () => sign(new SignJWT().setProtectedHeader({ alg: 'HS256' })),
    },
    {
      name: 'of another algorithm',
      token: () => sign(new SignJWT({ exp: noon }).setProtectedHeader({ alg: 'HS512' }), Buffer.alloc(64, 7)),
    },
    {
      name: 'without a signature',
      token: async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
    },
    { name: 'that is cut', token: async () => (await issueToken(issued)).slice(0, -1) },
    { name: 'that is none', token: async () => 'a.b' },
  ])('refuses a token $name', async ({ token }) => {
    expect(await newCheck()(`Bearer ${await token()}`)).toBe(invalid)
  })

  test('refuses keys, and says what it asks for', () => {
    const check = newCheck()
    expect(check('Bearer 0123456789abcdef')).toBe('Unauthorized, the service asks for a token, not for a key')
    expect(check('Basic x')).toBe('Unauthorized, the Authorization header must read Bearer <token>')
    expect(check(undefined)).toBe('Unauthorized, no auth header')
  })
})
