/** What a change can be refused for, and what a server answers that is broken itself. */
import type { ErrorCode } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { problemOf, refusal } from '../expect-problem.ts'
import {
  createImage,
  deployService,
  fileOf,
  registerModel,
  startApp,
  uploadFile,
  type RunningApp,
} from '../running-app.ts'
import type { RequestParts } from '../send-request.ts'

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

describe('a change', () => {
  test('to something that was changed meanwhile is refused, and the next one is not', async () => {
    const { metadata } = await registerModel(app, 'changed')
    const target = `${workspace}/models/changed/versions/1`
    const parts = (revision: number, text: string) => ({
      headers: { 'if-match': `"${revision}"` },
      json: { description: text },
    })
    const first = await app.send('PATCH', target, parts(metadata.revision, 'first'))
    expect(first.status).toBe(200)
    const { detail } = await refused(
      'precondition-failed',
      `PATCH ${target}`,
      parts(metadata.revision, 'second'),
    )
    expect(detail).toContain(String(metadata.revision))
    const { revision } = (first.json as { metadata: { revision: number } }).metadata
    expect((await app.send('PATCH', target, parts(revision, 'second'))).json).toMatchObject({
      metadata: { description: 'second' },
    })
  })

  test('of a property that is fixed is a conflict', async () => {
    await registerModel(app, 'fixed', { properties: { run: '1' } })
    const json = { addProperties: { run: '2' } }
    const target = `${workspace}/models/fixed/versions/1`
    const { detail } = await refused('conflict', `PATCH ${target}`, { json })
    expect(detail).toBe('the property run is fixed at 1 and cannot become 2')
  })

  test('that makes what exists is a conflict', async () => {
    const { detail } = await refused('conflict', 'POST /v1/workspaces', { json: { name: 'default' } })
    expect(detail).toContain('default')
  })

  test('that removes what is used names the users', async () => {
    await registerModel(app, 'used')
    await createImage(app, 'user', { models: ['used'] })
    await deployService(app, 'last-user', 'user')
    const model = await refused('in-use', `DELETE ${workspace}/models/used/versions/1`)
    expect(model.users).toEqual(['image/user:1'])
    const image = await refused('in-use', `DELETE ${workspace}/images/user/versions/1`)
    expect(image.users).toEqual(['service/last-user'])
  })

  test('that names files nobody uploaded names them', async () => {
    const json = { name: 'mod', layout: 'file', files: [fileOf('lost.bin', 'lost')] }
    const { detail } = await refused('blob-missing', `POST ${workspace}/models`, { json })
    expect(detail).toBe('not uploaded: lost.bin')
  })

  test('that names a file with another size is refused', async () => {
    const file = await uploadFile(app, 'sized.bin', 'four')
    const json = { name: 'mod', layout: 'file', files: [{ ...file, sizeBytes: 5 }] }
    const { detail } = await refused('invalid', `POST ${workspace}/models`, { json })
    expect(detail).toContain('sized.bin must have the size that was uploaded (4, not 5)')
  })

  test('that asks for what cannot be honoured names the fields', async () => {
    const files = [await uploadFile(app, 'score.py', 'def init(): pass')]
    const json = {
      name: 'img',
      entryScript: 'score.py',
      files,
      enableGpu: true,
      environment: { runtime: 'spark-py' },
    }
    const { fields } = await refused('unsupported', `POST ${workspace}/images`, { json })
    expect(fields?.map(({ path }) => path)).toEqual(['body.enableGpu', 'body.environment.runtime'])
  })

  test('that brings bytes to another offset, or other bytes, is refused', async () => {
    const { digest, sizeBytes } = fileOf('a', 'right')
    const started = await app.send('POST', `${workspace}/uploads`, { json: { digest, sizeBytes } })
    const { id } = started.json as { id: string }
    const part = (offset: string, body: string) => ({
      headers: { 'content-type': 'application/octet-stream', 'upload-offset': offset },
      body,
    })
    const upload = `PATCH ${workspace}/uploads/${id}`
    expect((await refused('offset-mismatch', upload, part('3', 'ht'))).detail).toContain('0')
    expect((await refused('digest-mismatch', upload, part('0', 'wrong'))).detail).toContain(digest)
  })

  test('without the offset of its bytes is refused', async () => {
    const parts = { headers: { 'content-type': 'application/octet-stream' }, body: 'x' }
    const { fields } = await refused('invalid', `PATCH ${workspace}/uploads/u1`, parts)
    expect(fields).toEqual([{ path: 'header.upload-offset', message: 'must be given' }])
  })

  test('that announces more than the disk has is refused', async () => {
    const json = { digest: fileOf('huge', 'huge').digest, sizeBytes: 2 ** 40 }
    const { detail } = await refused('insufficient-storage', `POST ${workspace}/uploads`, { json })
    expect(detail).toContain(String(2 ** 40))
  })

  test('to an image or a service that cannot be made any more names why', async () => {
    const json = { name: 'orphan', image: 'nothing:3' }
    expect((await refused('not-found', `POST ${workspace}/services`, { json })).detail).toBe(
      'there is no image nothing:3 in workspace default',
    )
    await createImage(app, 'lonely')
    await deployService(app, 'lonely', 'lonely')
    const { detail } = await refused('conflict', `POST ${workspace}/services/lonely/rollback`)
    expect(detail).toContain('has served nothing before')
  })
})

describe('a server that breaks', () => {
  test('answers an unexpected error without its text, and reports it', async () => {
    const store = createMemoryStore()
    const broken = await startApp({ store })
    store.list = () => Promise.reject(new Error('secret detail'))
    const reply = await broken.send('GET', `${workspace}/models`)
    problemOf(reply, 'internal')
    expect(reply.text).not.toContain('secret detail')
    expect(broken.faults).toMatchObject([{ message: 'secret detail' }])
    await broken.close()
  })

  test('says that it cannot reach its store', async () => {
    const broken = await startApp()
    await broken.store.close()
    const { detail } = problemOf(await broken.send('GET', `${workspace}/models`), 'unavailable')
    expect(detail).toBe('the store is closed')
    expect(broken.faults).toEqual([])
    await broken.close()
  })
})
