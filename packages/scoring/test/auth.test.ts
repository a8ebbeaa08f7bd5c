/** Who gets in: keys and tokens as clients send them, and what changes from the next request on. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { issueToken, type ServiceAuth } from '../src/index.ts'
import { prefix, ScoringStack } from './scoring-stack.ts'
import { echoes } from './scripts.ts'

let stack: ScoringStack
beforeEach(async () => {
  stack = await ScoringStack.open()
})
afterEach(async () => await stack.close())

const secret = Buffer.alloc(32, 1).toString('base64url')
const audience = 'demo'
const tokens: ServiceAuth = { kind: 'tokens', secret, audience }
const keys: ServiceAuth = { kind: 'keys', keys: ['the-first-key-of-two', 'the-second-key-of-two'] }

async function ask(credential?: string): Promise<[number, unknown, string | null]> {
  const reply = await stack.post(
    'x',
    credential === undefined ? {} : { authorization: `Bearer ${credential}` },
  )
  const body: unknown = await reply.json()
  return [
    reply.status,
    (body as { message?: unknown }).message ?? body,
    reply.headers.get('www-authenticate'),
  ]
}

test('a token opens the service again and again until it expires', async () => {
  await stack.route([await stack.startWorker(echoes)], { auth: tokens })
  const token = await issueToken({ secret, audience, now: new Date(), lifetimeSeconds: 600 })
  for (let at = 0; at < 3; at += 1) expect(await ask(token)).toEqual([200, 'x', null])
  const past = new Date(Date.now() - 3_600_000)
  const old = await issueToken({ secret, audience, now: past, lifetimeSeconds: 600 })
  expect(await ask(old)).toEqual([401, 'Unauthorized, the token has expired', 'Bearer'])
  expect(await ask()).toEqual([401, 'Unauthorized, no auth header', 'Bearer'])
})

test('another secret refuses the tokens of before from the next request on', async () => {
  await stack.route([await stack.startWorker(echoes)], { auth: tokens })
  const token = await issueToken({ secret, audience, now: new Date(), lifetimeSeconds: 600 })
  expect((await ask(token))[0]).toBe(200)
  stack.gateway.setAuth(prefix, { ...tokens, secret: Buffer.alloc(32, 2).toString('base64url') })
  expect(await ask(token)).toEqual([401, 'Unauthorized, the token is not valid', 'Bearer'])
})

test('a service that moves from keys to tokens says which it asks for', async () => {
  await stack.route([await stack.startWorker(echoes)], { auth: keys })
  expect((await ask('the-first-key-of-two'))[0]).toBe(200)
  expect((await ask('the-second-key-of-two'))[0]).toBe(200)
  const token = await issueToken({ secret, audience, now: new Date(), lifetimeSeconds: 600 })
  expect((await ask(token))[1]).toBe('Unauthorized, the service asks for a key, not for a token')
  stack.gateway.setAuth(prefix, tokens)
  expect((await ask('the-first-key-of-two'))[1]).toBe(
    'Unauthorized, the service asks for a token, not for a key',
  )
  expect((await ask(token))[0]).toBe(200)
})

test('bodies that are still on their way while a token is looked at arrive whole', async () => {
  await stack.route([await stack.startWorker(echoes)], { auth: tokens })
  const token = await issueToken({ secret, audience, now: new Date(), lifetimeSeconds: 600 })
  const large = 'abc'.repeat(1_000_000)
  const reply = await stack.post(large, { authorization: `Bearer ${token}` })
  expect(await reply.json()).toBe(large)
})
