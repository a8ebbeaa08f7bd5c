/** Calls from pages of other origins: who may, and what a browser is told. */
import { beforeAll, describe, expect, test } from 'vitest'
import { prefix, ScoringStack } from './scoring-stack.ts'
import { obeys, reversesBytes } from './scripts.ts'

const page = 'https://app.example'
const keys = { kind: 'keys', keys: ['k'.repeat(32), 'l'.repeat(32)] } as const
const preflight = {
  origin: page,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
}

describe('a service', () => {
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open()
    const worker = await stack.startWorker(obeys)
    const raw = await stack.startWorker(reversesBytes)
    await stack.route([worker], { prefix: '/off' })
    await stack.route([worker], { cors: [page, 'https://other.example'], auth: keys })
    await stack.route([worker], { prefix: '/all', cors: ['*'] })
    await stack.route([raw], { prefix: '/raw', cors: ['*'] })
    return async () => await stack.close()
  })

  async function told(path: string, init: RequestInit): Promise<Record<string, string | number>> {
    const reply = await fetch(stack.origin + path, init)
    await reply.arrayBuffer()
    const headers = [...reply.headers].filter(
      ([name]) => name.startsWith('access-control') || name === 'vary',
    )
    return { status: reply.status, ...Object.fromEntries(headers) }
  }

  const allowed = { 'access-control-allow-origin': page, vary: 'Origin' }

  test.each([
    { path: `${prefix}/`, method: 'GET', status: 200 },
    { path: `${prefix}/swagger.json`, method: 'GET', status: 200 },
    { path: `${prefix}/score`, method: 'POST', status: 401 },
  ])('lets a page that may call read $method $path', async ({ path, method, status }) => {
    expect(await told(path, { method, headers: { origin: page } })).toEqual({ status, ...allowed })
  })

  test('lets it read replies and errors of the script', async () => {
    const headers = { origin: page, authorization: `Bearer ${keys.keys[0]}` }
    expect(await told(`${prefix}/score`, { method: 'POST', body: 'x', headers })).toEqual({
      status: 200,
      ...allowed,
    })
    expect(await told(`${prefix}/score`, { method: 'POST', body: 'raise', headers })).toEqual({
      status: 500,
      ...allowed,
    })
  })

  test.each(['score', '', 'swagger.json'])('answers a preflight for /%s without a key', async (resource) => {
    expect(await told(`${prefix}/${resource}`, { method: 'OPTIONS', headers: preflight })).toEqual({
      status: 200,
      ...allowed,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization,content-type',
    })
  })

  test('tells nothing to a page that may not call, and answers it as ever', async () => {
    const headers = { origin: 'https://evil.example' }
    expect(await told(`${prefix}/`, { headers })).toEqual({ status: 200 })
    expect(
      await told(`${prefix}/score`, { method: 'OPTIONS', headers: { ...preflight, ...headers } }),
    ).toEqual({ status: 401 })
  })

  test('tells nothing while the setting is off', async () => {
    expect(await told('/off/score', { method: 'OPTIONS', headers: preflight })).toEqual({ status: 200 })
    expect(await told('/off/', { method: 'OPTIONS', headers: preflight })).toEqual({ status: 200 })
  })

  test('open to all echoes the origin, or says that all may call', async () => {
    expect(await told('/all/', { headers: { origin: page } })).toEqual({ status: 200, ...allowed })
    expect(await told('/all/', {})).toEqual({ status: 200, 'access-control-allow-origin': '*' })
  })

  test('is not contradicted when its script says it for itself', async () => {
    const reply = await told('/raw/score', { method: 'OPTIONS', headers: { origin: page } })
    expect(reply).toEqual({ status: 200, 'access-control-allow-origin': '*' })
  })
})
