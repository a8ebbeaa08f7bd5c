/** What a client of a service sees: scoring, errors, keys, ids, health and descriptions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prefix, ScoringStack } from './scoring-stack.ts'
import { doubles, obeys, reversesBytes, showsHeaders } from './scripts.ts'

async function message(reply: Response): Promise<unknown> {
  return ((await reply.json()) as { message: unknown }).message
}

describe('a text script', () => {
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open()
    const worker = await stack.startWorker(obeys)
    await stack.route([worker])
    return async () => await stack.close()
  })

  test('receives the body as text, whatever its content type', async () => {
    const reply = await stack.post('{"a": "ü"}', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(reply.headers.get('x-ms-run-function-failed')).toBe('False')
    expect(reply.headers.get('x-ms-run-fn-exec-ms')).toMatch(/^\d+\.\d{3}$/)
    expect(await reply.text()).toBe(String.raw`"{\"a\": \"\u00fc\"}"`)
  })

  test('receives the query of a GET as JSON', async () => {
    const reply = await fetch(`${stack.origin}${prefix}/score?a=1&b=[1,2]&c=x&a=y`)
    expect(await reply.json()).toBe('{"a": [1, "y"], "b": [1, 2], "c": "x"}')
  })

  test('receives an empty text when there is no body, and a chunked one whole', async () => {
    expect(await (await stack.post('')).json()).toBe('')
    const chunks = new Blob(['x'.repeat(100_000), 'y']).stream()
    const request = new Request(`${stack.origin}${prefix}/score`, {
      method: 'POST',
      body: chunks,
      duplex: 'half',
    })
    expect(await (await fetch(request)).json()).toBe(`${'x'.repeat(100_000)}y`)
  })

  test('takes and returns bodies far larger than a socket buffer', async () => {
    const large = 'abc'.repeat(3_000_000)
    expect(await (await stack.post(large)).json()).toBe(large)
  })

  test.each([
    { body: 'raise', failed: 'True', text: 'An unexpected error occurred in scoring script.' },
    { body: 'exit', failed: 'True', text: 'An unexpected error occurred in scoring script.' },
    { body: 'set', failed: 'False', text: 'An unexpected internal error occurred.' },
  ])('whose run does $body answers 500', async ({ body, failed, text }) => {
    const reply = await stack.post(body)
    expect([reply.status, reply.headers.get('x-ms-run-function-failed')]).toEqual([500, failed])
    expect(await message(reply)).toBe(`${text} Check the logs for more info.`)
  })

  test('that raises leaves its reason in the log only, with the id of the request', async () => {
    await (await stack.post('raise', { 'x-request-id': 'the-raising-one' })).text()
    const entries = stack.logs.filter((entry) => entry.requestId === 'the-raising-one')
    expect(entries.map((entry) => entry.text).join('\n')).toContain('ValueError: secret detail')
  })

  test('that returns None answers an empty object', async () => {
    expect(await (await stack.post('none')).text()).toBe('{}')
  })

  test('is not called with what is not UTF-8', async () => {
    const reply = await stack.post(new Uint8Array([0xff]))
    expect(reply.status).toBe(400)
    expect(await message(reply)).toBe(
      "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    )
  })

  test.each([
    ['HEAD', 405],
    ['OPTIONS', 200],
    ['PUT', 405],
    ['DELETE', 405],
  ])('answers %s with %i', async (method, status) => {
    expect((await fetch(`${stack.origin}${prefix}/score`, { method })).status).toBe(status)
  })

  test('is described in three versions, and others are refused by name', async () => {
    const url = `${stack.origin}${prefix}/swagger.json`
    const versions = ['', '?version=2.0', '?version=3', '?version=3.1'].map(async (query) => {
      const document = (await (await fetch(url + query)).json()) as Record<string, unknown>
      return document.swagger ?? document.openapi
    })
    expect(await Promise.all(versions)).toEqual(['2.0', '2.0', '3.0.3', '3.1.0'])
    const unknown = await fetch(`${url}?version=4`)
    expect([unknown.status, await message(unknown)]).toEqual([
      404,
      'Swagger version [4] is not valid. Supported versions: [2, 3, 3.1].',
    ])
  })

  test('is healthy', async () => {
    const reply = await fetch(`${stack.origin}${prefix}/`)
    expect([reply.status, await reply.text()]).toEqual([200, 'Healthy'])
    expect(reply.headers.has('x-ms-run-function-failed')).toBe(false)
  })

  test.each(['/api/v1/service/other/score', `${prefix}/else`, `${prefix}/score/`, '/'])(
    'is not found at %s',
    async (url) => {
      const reply = await fetch(stack.origin + url, { method: 'POST', body: 'x' })
      expect(reply.status).toBe(404)
      expect(await message(reply)).toEqual(expect.any(String))
      expect(reply.headers.has('x-request-id')).toBe(false)
    },
  )

  test('echoes the ids of a request and makes them up when there are none', async () => {
    const given = await stack.post('x', { 'x-request-id': 'A', 'x-ms-client-request-id': 'C', traceid: 'T' })
    expect(given.headers.get('x-request-id')).toBe('A')
    expect(given.headers.get('x-ms-request-id')).toBe('C')
    expect(given.headers.get('x-ms-client-request-id')).toBe('C')
    expect(given.headers.get('traceid')).toBe('T')
    const made = await stack.post('x')
    expect(made.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(made.headers.get('x-ms-request-id')).toBe(made.headers.get('x-request-id'))
    const tooLong = await stack.post('x', { 'x-request-id': 'a'.repeat(101) })
    expect([tooLong.status, tooLong.headers.has('x-request-id')]).toEqual([431, false])
  })
})

describe('other scripts', () => {
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open({ maxBodyBytes: 1_000 })
  })
  afterAll(async () => await stack.close())

  test('a raw script sees the request and chooses status, headers and bytes', async () => {
    await stack.route([await stack.startWorker(reversesBytes)])
    const posted = await stack.post(new Uint8Array([1, 0, 255]))
    expect([posted.status, posted.headers.get('x-kind'), posted.headers.get('content-type')]).toEqual([
      201,
      'reversed',
      'image/png',
    ])
    expect(new Uint8Array(await posted.arrayBuffer())).toEqual(new Uint8Array([255, 0, 1]))
    const url = `${stack.origin}${prefix}/score`
    expect(await (await fetch(url)).text()).toBe('/score?')
    expect((await fetch(url, { method: 'OPTIONS' })).headers.get('access-control-allow-origin')).toBe('*')
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('x-ms-run-function-failed')]).toEqual([500, 'True'])
  })

  test('a script that asks for the headers gets them', async () => {
    await stack.route([await stack.startWorker(showsHeaders)])
    expect(await (await stack.post('x', { 'x-custom': 'yes' })).json()).toEqual(['x', 'yes'])
  })

  test('a body over the limit is refused, announced or not', async () => {
    await stack.route([await stack.startWorker(doubles)])
    const announced = await stack.post('x'.repeat(1_001))
    expect([announced.status, await message(announced)]).toEqual([
      413,
      'The request body must not exceed 1000 bytes.',
    ])
    const body = new Blob(['x'.repeat(900), 'x'.repeat(900)]).stream()
    const chunked = new Request(`${stack.origin}${prefix}/score`, { method: 'POST', body, duplex: 'half' })
    expect((await fetch(chunked)).status).toBe(413)
  })

  test('a service with keys takes either of them, and the new one as soon as it is changed', async () => {
    const worker = await stack.startWorker(doubles)
    const status = async (key?: string) =>
      (await stack.post('{"data": [1]}', key === undefined ? {} : { authorization: `Bearer ${key}` })).status
    await stack.route([worker], { auth: { kind: 'keys', keys: ['first-key', 'second-key'] } })
    expect([await status('first-key'), await status('second-key')]).toEqual([200, 200])
    expect([await status(), await status('third-key'), await status('')]).toEqual([401, 401, 401])
    const refused = await stack.post('x')
    expect(await message(refused)).toBe('Unauthorized, no auth header')
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    await stack.route([worker], { auth: { kind: 'keys', keys: ['third-key', 'second-key'] } })
    expect([await status('first-key'), await status('third-key')]).toEqual([401, 200])
    expect((await fetch(`${stack.origin}${prefix}/`)).status).toBe(200)
  })

  test('new keys alone hold from the next request on, and the rest of the route stays', async () => {
    const worker = await stack.startWorker(doubles)
    const status = async (key: string) =>
      (await stack.post('{"data": [1]}', { authorization: `Bearer ${key}` })).status
    await stack.route([worker], { auth: { kind: 'keys', keys: ['first-key', 'second-key'] } })
    stack.gateway.setAuth(prefix, { kind: 'keys', keys: ['third-key', 'second-key'] })
    expect([await status('first-key'), await status('second-key'), await status('third-key')]).toEqual([
      401, 200, 200,
    ])
    stack.gateway.setAuth(prefix, { kind: 'none' })
    expect(await status('first-key')).toBe(200)
    stack.gateway.setAuth('/api/v1/service/unknown', { kind: 'none' })
    expect(stack.gateway.stats('/api/v1/service/unknown')).toBeUndefined()
  })

  test('errors of the script become 502 where the route says so', async () => {
    await stack.route([await stack.startWorker(obeys)], { scriptErrors: 'bad-gateway' })
    expect((await stack.post('raise')).status).toBe(502)
  })
})
