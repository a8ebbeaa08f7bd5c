/** Tests how a call becomes a request and a reply a value, with a fetch of our own in place of the network. */
import { ApiError, api, toProblem } from '@slipway/contract'
import { describe, expect, test } from 'vitest'
import { addressOf, unreachable } from './call.ts'
import { createClient } from './client.ts'

describe('an address', () => {
  test('fills and encodes the path, and repeats a query parameter for each value', () => {
    const input = {
      params: { workspace: 'default' },
      query: { tag: ['a=1', 'b c'], limit: 5, cursor: undefined },
    }
    expect(addressOf('http://host:1/base/', api.models.list, input)).toBe(
      'http://host:1/base/v1/workspaces/default/models?tag=a%3D1&tag=b+c&limit=5',
    )
  })

  test('keeps a name with a slash from becoming another path', () => {
    const input = { params: { workspace: 'default', name: '../x' } }
    expect(addressOf('http://host', api.models.latest, input)).toBe(
      'http://host/v1/workspaces/default/models/..%2Fx',
    )
  })
})

describe('a call', () => {
  test('sends the token and JSON, and parses the reply', async () => {
    const seen: { url?: string; init?: RequestInit } = {}
    const client = createClient({
      url: 'http://host',
      token: 'secret',
      fetch: async (url, init) => {
        Object.assign(seen, { url, init })
        return Response.json({ missing: [] })
      },
    })
    const reply = await client.files.missing({ params: { workspace: 'default' }, body: { digests: [] } })
    expect(reply).toEqual({ missing: [] })
    expect(seen.url).toBe('http://host/v1/workspaces/default/blobs/missing')
    expect(seen.init).toMatchObject({
      method: 'POST',
      body: '{"digests":[]}',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    })
  })

  test('rejects with the error of a problem document, its hint and its users', async () => {
    const problem = toProblem(
      new ApiError('in-use', 'model m:1 is used', { hint: 'h', users: ['image/i:1'] }),
    )
    const client = createClient({
      url: 'http://host',
      fetch: async () => Response.json(problem, { status: 409 }),
    })
    const call = client.models.delete({ params: { workspace: 'default', name: 'm', version: 1 } })
    await expect(call).rejects.toMatchObject({
      code: 'in-use',
      message: 'model m:1 is used',
      hint: 'h',
      users: ['image/i:1'],
    })
  })

  test('names the field of a reply that is not what the contract says', async () => {
    const client = createClient({ url: 'http://host', fetch: async () => Response.json({ missing: [1] }) })
    const call = client.files.missing({ params: { workspace: 'default' }, body: { digests: [] } })
    await expect(call).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('reply.missing.0 must be text (1)'),
    })
  })

  test('answers undefined for a reply without a body', async () => {
    const client = createClient({
      url: 'http://host',
      fetch: async () => new Response(null, { status: 204 }),
    })
    const call = client.models.delete({ params: { workspace: 'default', name: 'm', version: 1 } })
    await expect(call).resolves.toBeUndefined()
  })

  test('rejects with the reason of the signal when it is given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const call = createClient({ url: 'http://127.0.0.1:8' }).server.health({}, { signal })
    await expect(call).rejects.toThrow('enough')
  })
})

test('a refused connection, an untrusted certificate and a broken connection are told apart', () => {
  const refused = new TypeError('fetch failed', {
    cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
  })
  const broken = new TypeError('fetch failed', {
    cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
  })
  const untrusted = new TypeError('fetch failed', {
    cause: Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
  })
  expect(unreachable('https://h', untrusted)).toMatchObject({
    message: 'the certificate of https://h is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
  })
  expect(unreachable('http://h', refused).message).toBe('no server answers at http://h')
  expect(unreachable('http://h', broken).message).toBe('the connection to http://h broke: ECONNRESET')
})
