/** What a request can be refused for before anything is looked up or changed: its form, its token, its path, its schema. */
import type { ErrorCode } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemOf, refusal } from '../expect-problem.ts'
import { fileOf, startApp, type RunningApp } from '../running-app.ts'
import { sendBytes, type RequestParts } from '../send-request.ts'

const workspace = '/v1/workspaces/default'

let app: RunningApp

beforeAll(async () => {
  app = await startApp()
})

afterAll(() => app.close())

const refused = (code: ErrorCode, request: string, parts: RequestParts = {}) => {
  const [method = '', target = ''] = request.split(' ')
  return refusal(app, code, { method, target, ...parts })
}

describe('a body', () => {
  const models = `${workspace}/models`

  test('that is not JSON is a bad request, and says where it stops being JSON', async () => {
    const parts = { headers: { 'content-type': 'application/json' }, body: '{"name": x}' }
    const { detail } = await refused('bad-request', `POST ${models}`, parts)
    expect(detail).toContain('the body is not JSON: Unexpected token')
  })

  test('that is missing is a bad request', async () => {
    const missing = await refused('bad-request', `POST ${models}`)
    expect(missing.detail).toBe('this request needs a JSON body, and has none')
    const empty = { headers: { 'content-type': 'application/json' }, body: '' }
    expect((await refused('bad-request', `POST ${models}`, empty)).detail).toBe(missing.detail)
  })

  test.each([
    ['text/plain', 'text/plain'],
    ['application/octet-stream', 'application/octet-stream'],
    ['application/x-www-form-urlencoded; charset=utf-8', 'application/x-www-form-urlencoded'],
    [undefined, 'none'],
  ])('of type %s is refused where JSON is wanted', async (type, named) => {
    const parts = { headers: { ...(type !== undefined && { 'content-type': type }) }, body: '{"name":"m"}' }
    const { detail } = await refused('unsupported-media-type', `POST ${models}`, parts)
    expect(detail).toBe(`the content type must be application/json, got ${named}`)
  })

  test('of JSON is refused where bytes are wanted', async () => {
    const parts = { headers: { 'upload-offset': '0' }, json: {} }
    const { detail } = await refused('unsupported-media-type', `PATCH ${workspace}/uploads/u1`, parts)
    expect(detail).toBe('the content type must be application/octet-stream, got application/json')
  })

  test('of a type that is none is refused', async () => {
    const parts = { headers: { 'content-type': 'json' }, body: '{}' }
    const { detail } = await refused('unsupported-media-type', `POST ${models}`, parts)
    expect(detail).toBe('the content type is not one this path takes')
  })

  test('that announces more than the limit is refused before it is sent', async () => {
    const limit = 48 * 2 ** 20
    const head = [`POST ${models} HTTP/1.1`, 'host: x', 'content-type: application/json', 'connection: close']
    const authorization = 'authorization: Bearer a-token-for-tests'
    const bytes = [...head, authorization, `content-length: ${limit + 1}`].join('\r\n')
    const reply = await sendBytes(app.port, `${bytes}\r\n\r\n`)
    expect(reply).toMatch(/^HTTP\/1.1 413 /)
    expect(reply).toContain(`the body must be at most ${limit} bytes`)
  })

  test('that says nothing of itself counts against the limit as it comes', async () => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const body = Buffer.alloc(48 * 2 ** 20 + 2, ' ')
    const reply = app.send('POST', models, { headers, body })
    // The server may close the connection before all of it was sent.
    const outcome = await reply.then(
      ({ status }) => status,
      (error: { code?: string }) => error.code,
    )
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(outcome)
  })

  test('of a part that announces more than a part may have is refused', async () => {
    const head = [
      `PATCH ${workspace}/uploads/u1 HTTP/1.1`,
      'host: x',
      'content-type: application/octet-stream',
    ]
    const rest = ['upload-offset: 0', 'connection: close', 'authorization: Bearer a-token-for-tests']
    const bytes = [...head, ...rest, `content-length: ${2 ** 28 + 1}`].join('\r\n')
    expect(await sendBytes(app.port, `${bytes}\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /)
  })

  test('that is longer than the upload announced is refused', async () => {
    const { digest } = fileOf('long', 'much longer than announced')
    const started = await app.send('POST', `${workspace}/uploads`, { json: { digest, sizeBytes: 3 } })
    const { id } = started.json as { id: string }
    const headers = { 'content-type': 'application/octet-stream', 'upload-offset': '0' }
    const { detail } = await refused('too-large', `PATCH ${workspace}/uploads/${id}`, {
      headers,
      body: 'much longer',
    })
    expect(detail).toContain('3')
  })
})

describe('a request', () => {
  test.each([
    [undefined, 'this path needs a token, and the request has no Authorization header'],
    ['Basic dXNlcjpwYXNz', 'the Authorization header must be "Bearer" and a token'],
    ['Bearer', 'the Authorization header must be "Bearer" and a token'],
    ['Bearer two words', 'the Authorization header must be "Bearer" and a token'],
    ['Bearer wrong', 'the token is not one of this server'],
  ])('with the authorization %s is refused', async (authorization, text) => {
    const { detail, hint } = await refused('unauthorized', `GET ${workspace}`, { headers: { authorization } })
    expect(detail).toBe(text)
    expect(hint).toContain('SLIPWAY_TOKEN')
  })

  test('without a token is told which scheme to use, and is not read any further', async () => {
    const parts = { headers: { authorization: undefined, 'content-type': 'application/json' }, body: '{' }
    const reply = await app.send('POST', `${workspace}/models`, parts)
    problemOf(reply, 'unauthorized')
    expect(reply.headers['www-authenticate']).toBe('Bearer')
  })

  test('for health and the OpenAPI document needs no token', async () => {
    const headers = { authorization: undefined }
    expect((await app.send('GET', '/v1/health', { headers })).json).toEqual({ status: 'ok' })
    expect((await app.send('GET', '/v1/openapi.json', { headers })).json).toMatchObject({ openapi: '3.1.0' })
  })

  test.each([
    '/',
    '/v1',
    '/v1/',
    '/v2/health',
    '/v1/workspaces/default/nothing',
    '/v1/health/',
    '//v1/health',
  ])('for the path %s finds nothing', async (target) => {
    const { detail } = await refused('not-found', `GET ${target}`)
    expect(detail).toBe(`there is no ${target} here`)
  })

  test.each([
    ['PUT', '/v1/health', 'GET, HEAD'],
    ['POST', '/v1/openapi.json', 'GET, HEAD'],
    ['DELETE', '/v1/workspaces', 'POST, GET, HEAD'],
    ['OPTIONS', `${workspace}/models`, 'POST, GET, HEAD'],
    ['QUERY', `${workspace}/models`, 'POST, GET, HEAD'],
    ['TRACE', `${workspace}/models/m/versions/1`, 'GET, HEAD, PATCH, DELETE'],
  ])('with the method %s for %s is told those that there are', async (method, target, allow) => {
    const reply = await app.send(method, target)
    expect(problemOf(reply, 'method-not-allowed').detail).toContain(`takes ${allow}, got ${method}`)
    expect(reply.headers.allow).toBe(allow)
  })

  test('for a workspace that is not there is told so, whatever it wants of it', async () => {
    const { detail } = await refused('not-found', 'GET /v1/workspaces/elsewhere/models')
    expect(detail).toBe('there is no workspace elsewhere')
  })

  test.each([
    ['models/m', 'there is no model m in workspace default'],
    ['models/m/versions/7', 'there is no model m:7 in workspace default'],
    ['images/i/versions/2', 'there is no image i:2 in workspace default'],
    ['services/sss', 'there is no service sss in workspace default'],
    [`operations/op-${'0'.repeat(32)}`, `there is no operation op-${'0'.repeat(32)} in workspace default`],
    [
      'environments/env-0123456789abcdef',
      'there is no environment env-0123456789abcdef in workspace default',
    ],
    ['uploads/gone', 'there is no upload gone'],
  ])('for %s that does not exist names it', async (rest, text) => {
    expect((await refused('not-found', `GET ${workspace}/${rest}`)).detail).toBe(text)
  })

  test('that is no HTTP is answered all the same', async () => {
    const reply = await sendBytes(app.port, 'what is this\r\n\r\n')
    expect(reply).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
    expect(reply).toContain('content-type: application/problem+json')
    expect(reply).toContain('the request is not HTTP/1.1')
  })

  test('with headers beyond all measure is told so', async () => {
    const reply = await sendBytes(
      app.port,
      `GET /v1/health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    )
    expect(reply).toMatch(/^HTTP\/1.1 400 /)
    expect(reply).toContain('the headers are too large')
  })
})

describe('a request that does not fit the schema', () => {
  test('names every field at fault, with its value', async () => {
    const json = { name: '-x', layout: 'box', files: [{ path: '../up', digest: 'md5:1', sizeBytes: -1 }] }
    const { detail, fields = [] } = await refused('invalid', `POST ${workspace}/models`, { json })
    expect(fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'body.name',
        'body.layout',
        'body.files.0.path',
        'body.files.0.digest',
        'body.files.0.sizeBytes',
      ]),
    )
    expect(fields.find(({ path }) => path === 'body.files.0.path')?.message).toContain('("../up")')
    expect(fields).toContainEqual({ path: 'body.layout', message: 'must be file or folder ("box")' })
    expect(fields).toContainEqual({ path: 'body.files.0.sizeBytes', message: 'must be at least 0 (-1)' })
    expect(detail).toBe(`body.name: ${fields[0]?.message} (and ${fields.length - 1} more)`)
  })

  test('names faults in path, query, headers and body at once', async () => {
    const parts = { headers: { 'if-match': 'abc' }, json: { tags: {} } }
    const { fields } = await refused('invalid', `PATCH ${workspace}/models/m/versions/0?x=1`, parts)
    const paths = fields?.map(({ path }) => path)
    expect(paths).toEqual(['path.version', 'query.x', 'body.tags', 'header.if-match'])
  })

  test('refuses a misspelt setting instead of leaving it out', async () => {
    const json = { name: 'svc', image: 'i', authEnabled: false, settings: { replicas: 2 } }
    const { fields } = await refused('invalid', `POST ${workspace}/services`, { json })
    const message = 'is not known here'
    expect(fields).toEqual(
      expect.arrayContaining([
        { path: 'body.settings.replicas', message },
        { path: 'body.authEnabled', message },
      ]),
    )
  })

  test('refuses a misspelt filter instead of listing everything', async () => {
    const { fields } = await refused('invalid', `GET ${workspace}/models?lates=true`)
    expect(fields).toEqual([{ path: 'query.lates', message: 'is not known here' }])
  })

  test('refuses a parameter where none is read', async () => {
    const { fields } = await refused('invalid', `DELETE ${workspace}/models/m/versions/1?force=true`)
    expect(fields).toEqual([{ path: 'query.force', message: 'is not known here' }])
  })

  test('refuses a number given twice', async () => {
    const { fields } = await refused('invalid', `GET ${workspace}/models?limit=1&limit=2`)
    expect(fields?.map(({ path }) => path)).toEqual(['query.limit'])
  })

  test('never repeats a secret', async () => {
    const keys = `${workspace}/services/svc/keys/regenerate`
    const key = await app.send('POST', keys, { json: { keyType: 'Primary', keyValue: 'hush' } })
    problemOf(key, 'invalid')
    expect(key.text).not.toContain('hush')
    const settings = { environmentVariables: { PASSWORD: 'hush'.repeat(10_000) } }
    const service = await app.send('PATCH', `${workspace}/services/svc`, { json: { settings } })
    problemOf(service, 'invalid')
    expect(service.text).not.toContain('hush')
  })

  test('is told what is left of a value that is very long', async () => {
    const { fields } = await refused('invalid', `GET ${workspace}/models/${'a'.repeat(1000)}`)
    expect(fields?.[0]?.message).toMatch(/^must be at most 255 characters \("a{119}…\)$/)
  })

  test('refuses an entry script that is not among the files', async () => {
    const files = [fileOf('main.py', '')]
    const json = { name: 'img', entryScript: 'score.py', files }
    const { fields } = await refused('invalid', `POST ${workspace}/images`, { json })
    expect(fields).toEqual([{ path: 'body.entryScript', message: 'must be one of the files ("score.py")' }])
  })

  test('refuses a model of one file that has two', async () => {
    const json = { name: 'mod', layout: 'file', files: [fileOf('a', ''), fileOf('b', '')] }
    const { fields } = await refused('invalid', `POST ${workspace}/models`, { json })
    expect(fields?.map(({ path }) => path)).toEqual(['body.layout'])
  })
})
