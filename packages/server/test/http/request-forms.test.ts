/** Requests in every form that HTTP allows: heads, ids, escapes, repeated parameters, odd text. */
import { listAll } from '@slipway/sdk'
import type { Model, Problem } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createImage, registerModel, startApp, type RunningApp } from '../running-app.ts'
import { sendBytes } from '../send-request.ts'

const workspace = '/v1/workspaces/default'

let app: RunningApp

beforeAll(async () => {
  app = await startApp()
  await registerModel(app, 'm', { tags: { team: 'a', stage: 'test' }, framework: 'Keras' })
  await registerModel(app, 'm', { tags: { team: 'a' } })
  await registerModel(app, 'n', { tags: { team: 'b=c' } })
})

afterAll(() => app.close())

async function names(query: string): Promise<string[]> {
  const { items } = (await app.send('GET', `${workspace}/models?${query}`)).json as { items: Model[] }
  return items.map(({ name, version }) => `${name}:${version}`)
}

describe('the id of a request', () => {
  test('is the one that was sent', async () => {
    const headers = { 'x-request-id': 'order-66/a:b' }
    expect((await app.send('GET', workspace, { headers })).headers['x-request-id']).toBe('order-66/a:b')
    const missing = await app.send('GET', '/nowhere', { headers })
    expect(missing.headers['x-request-id']).toBe('order-66/a:b')
    expect((missing.json as Problem).requestId).toBe('order-66/a:b')
  })

  test.each(['', 'two words', 'x'.repeat(101), 'naïve'])('is a new one in place of "%s"', async (given) => {
    const sent = await app.send('GET', workspace, { headers: { 'x-request-id': given } })
    expect(sent.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is on every kind of reply, and never the same twice', async () => {
    const targets = ['/v1/health', '/v1/openapi.json', workspace, '/nowhere', '/v1/%zz']
    const replies = await Promise.all(targets.map((target) => app.send('GET', target)))
    const ids = replies.map(({ headers }) => headers['x-request-id'])
    expect(ids.every((id) => typeof id === 'string')).toBe(true)
    expect(new Set(ids).size).toBe(targets.length)
  })
})

describe('HEAD', () => {
  test.each(['/v1/health', '/v1/openapi.json', `${workspace}/models`, `${workspace}/models/none`])(
    'of %s answers the status and the headers of GET, without its body',
    async (target) => {
      const [head, get] = await Promise.all([app.send('HEAD', target), app.send('GET', target)])
      expect(head.status).toBe(get.status)
      expect(head.text).toBe('')
      expect(head.headers['content-type']).toBe(get.headers['content-type'])
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)))
    },
  )

  test('of a download tells its size', async () => {
    const target = `${workspace}/models/m/versions/1/content?path=model.txt`
    const head = await app.send('HEAD', target)
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-length']).toBe('7')
    expect((await app.send('GET', target)).text).toBe('weights')
  })

  test('of a stream ends at once', async () => {
    const head = await app.send('HEAD', `${workspace}/events`)
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-type']).toBe('text/event-stream')
  })

  test('needs the token that GET needs', async () => {
    const headers = { authorization: undefined }
    expect((await app.send('HEAD', `${workspace}/models`, { headers })).status).toBe(401)
  })
})

describe('a path', () => {
  test.each(['/v1/%', '/v1/%zz', '/v1/workspaces/%E0%A4%A', `${workspace}/models/%c0%ae`])(
    'with the escape in %s cannot be read',
    async (target) => {
      expect((await app.send('GET', target)).json).toMatchObject({ status: 400, code: 'bad-request' })
    },
  )

  test.each(['m%00', '..%2F..%2Fetc', 'm%0a', '%F0%9F%9A%A2', 'm%2F', 'm:1', 'm%20', '-m', '%2e%2e'])(
    'with the name %s is refused by the rule of names',
    async (name) => {
      const reply = await app.send('GET', `${workspace}/models/${name}`)
      expect(reply.json).toMatchObject({ code: 'invalid', fields: [{ path: 'path.name' }] })
    },
  )

  test('with escapes that are not needed is the same path', async () => {
    expect((await app.send('GET', '/v1/workspaces/def%61ult/models/%6d')).json).toMatchObject({ name: 'm' })
  })

  test.each(['0', '-1', '1.5', 'latest', '2147483648', '1e400', 'NaN', '9'.repeat(400)])(
    'with the version %s is refused',
    async (version) => {
      const reply = await app.send('GET', `${workspace}/models/m/versions/${version}`)
      expect(reply.json).toMatchObject({ code: 'invalid', fields: [{ path: 'path.version' }] })
    },
  )

  test('with a name longer than any path is not found, and not called another method', async () => {
    const reply = await app.send('GET', `${workspace}/models/${'a'.repeat(5000)}`)
    expect(reply.json).toMatchObject({ status: 404, code: 'not-found' })
  })

  test('knows upper from lower case', async () => {
    expect((await app.send('GET', '/V1/health')).status).toBe(404)
    expect((await app.send('GET', `${workspace}/models/M`)).status).toBe(404)
  })

  test('may be a whole address, as proxies send it', async () => {
    const text = await sendBytes(
      app.port,
      `GET http://slipway.example/v1/health HTTP/1.1\r\nhost: slipway.example\r\nconnection: close\r\n\r\n`,
    )
    expect(text).toMatch(/^HTTP\/1.1 (200|404) /)
    expect(text).not.toContain('internal')
  })
})

describe('a query', () => {
  test('may repeat what filters, and all of it holds', async () => {
    expect(await names('tag=team=a')).toEqual(['m:2', 'm:1'])
    expect(await names('tag=team=a&tag=stage')).toEqual(['m:1'])
    expect(await names('tag=team%3Da&tag=stage=none')).toEqual([])
  })

  test('takes the first equals sign as the end of a key', async () => {
    expect(await names('tag=team=b=c')).toEqual(['n:1'])
  })

  test('takes switches in words', async () => {
    expect(await names('latest=true&order=oldest')).toEqual(['m:2', 'n:1'])
    expect(await names('latest=false&order=oldest')).toHaveLength(3)
    expect((await app.send('GET', `${workspace}/models?latest=perhaps`)).status).toBe(422)
  })

  test.each(['limit=0', 'limit=1001', 'limit=many', 'limit=', 'order=up', 'name=', 'cursor=a&cursor=b'])(
    'with %s is refused by its name',
    async (query) => {
      const reply = await app.send('GET', `${workspace}/models?${query}`)
      const [name] = query.split('=')
      expect(reply.json).toMatchObject({ code: 'invalid', fields: [{ path: `query.${name}` }] })
    },
  )

  test('with a cursor of another list is refused', async () => {
    const first = (await app.send('GET', `${workspace}/models?limit=1`)).json as { next: string }
    const other = await app.send('GET', `${workspace}/models?limit=1&order=oldest&cursor=${first.next}`)
    expect(other.json).toMatchObject({ code: 'bad-request' })
    expect((await app.send('GET', `${workspace}/models?cursor=garbage`)).status).toBe(400)
  })

  test('walks all pages, each item once', async () => {
    const items = listAll(async (cursor) => {
      const suffix = cursor === undefined ? '' : `&cursor=${cursor}`
      return (await app.send('GET', `${workspace}/models?limit=1${suffix}`)).json as { items: Model[] }
    })
    const seen = (await Array.fromAsync(items)).map(({ name, version }) => `${name}:${version}`)
    expect(seen).toEqual(['n:1', 'm:2', 'm:1'])
  })
})

describe('text', () => {
  const odd = {
    emoji: '🚢 ship',
    marks: 'a\u0301 \u202e \u0000 \n \r\n "\\',
    empty: '',
    __proto__x: 'x',
    constructor: 'toString',
    long: 'x'.repeat(4096),
    alone: '\ud800',
  }

  test('comes back as it was sent', async () => {
    const model = await registerModel(app, 'odd', { tags: odd, description: '\u0000\ud83d 漢字' })
    expect(model.metadata.tags).toEqual(odd)
    const read = await app.send('GET', `${workspace}/models/odd`)
    expect((read.json as Model).metadata).toMatchObject({ tags: odd, description: '\u0000\ud83d 漢字' })
    expect(await names(`tag=${encodeURIComponent('emoji=🚢 ship')}`)).toEqual(['odd:1'])
  })

  test.each(['', '/abs', 'a//b', 'a/', './a', 'a/../b', 'a\\b', 'a\u0000b', '\ud800', 'x'.repeat(256)])(
    'that is no path of a file is refused (%j)',
    async (path) => {
      const files = [{ path, digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 0 }]
      const json = { name: 'p', layout: 'folder', files }
      const reply = await app.send('POST', `${workspace}/models`, { json })
      expect((reply.json as Problem).fields?.map(({ path }) => path)).toContain('body.files.0.path')
    },
  )

  test('that names folders and files in any language is a path', async () => {
    const files = [{ path: '…/模型/..a/.hidden/a b', digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 0 }]
    const json = { name: 'p', layout: 'folder', files }
    expect((await app.send('POST', `${workspace}/models`, { json })).json).toMatchObject({
      code: 'blob-missing',
    })
  })
})

describe('a creation that is repeated', () => {
  const post = (rest: string, key: string, json: object) =>
    app.send('POST', `${workspace}/${rest}`, { headers: { 'idempotency-key': key }, json })

  test('with the same key answers the same, and makes one', async () => {
    const json = { name: 'once', layout: 'file', files: (await registerModel(app, 'src')).spec.files }
    const [first, second] = await Promise.all([post('models', 'k1', json), post('models', 'k1', json)])
    const third = await post('models', 'k1', json)
    expect([first.status, second.status, third.status]).toEqual([201, 201, 201])
    expect(second.json).toEqual(first.json)
    expect(third.json).toEqual(first.json)
    expect(await names('name=once')).toEqual(['once:1'])
  })

  test('without a key makes another', async () => {
    await registerModel(app, 'twice')
    await registerModel(app, 'twice')
    expect(await names('name=twice')).toEqual(['twice:2', 'twice:1'])
  })

  test('with the same key and another body is a conflict', async () => {
    const image = await createImage(app, 'img')
    const json = { name: 'keyed', image: `${image.name}:1` }
    const first = await post('services', 'k2', json)
    expect(first.status).toBe(202)
    expect((await post('services', 'k2', json)).json).toMatchObject({ name: (first.json as Model).name })
    expect((await post('services', 'k2', { ...json, name: 'other' })).json).toMatchObject({
      code: 'conflict',
      detail: 'the idempotency key k2 was used for another request',
    })
  })

  test.each(['', 'k'.repeat(201)])('with the key "%s" is refused', async (key) => {
    const reply = await post('workspaces', key, {})
    expect(reply.status).toBe(404)
    const model = await post('models', key, {})
    expect((model.json as Problem).fields?.map(({ path }) => path)).toContain('header.idempotency-key')
  })
})
