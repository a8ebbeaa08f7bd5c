/** Models that cannot be registered: refused with the path and the reason, and nothing of them stays. */
import { chmod, mkdir, readdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf, refused } from '../../support/refused.ts'
import { obeyingPermissions } from '../../support/rooted.ts'
import { openStage, type Stage } from '../../support/stage.ts'

describe('a model is refused', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await stage.write('model.txt', 'weights')
    await stage.write('outside.txt', 'secret')
  })
  afterAll(() => stage?.close())

  const register = (source: string, name = 'mine') => ['model', 'register', source, '--name', name]

  const nothingStays = async () => {
    expect(await stage.json(['model', 'list'])).toEqual([])
    expect(await stage.unfinished()).toEqual([])
    expect(await readdir(path.join(stage.dataDir, 'blobs', 'sha256'))).toEqual([])
  }
  afterEach(nothingStays)

  test('when its file does not exist', async () => {
    expect(await refused(stage, register('nowhere.pkl'))).toMatchObject({
      exit: 2,
      code: 'invalid',
      detail: `${stage.folder}/nowhere.pkl does not exist`,
    })
  })

  test('when its folder is empty', async () => {
    await mkdir(path.join(stage.folder, 'empty/nothing'), { recursive: true })
    expect(await refused(stage, register('empty'))).toMatchObject({
      exit: 2,
      code: 'invalid',
      detail: `${stage.folder}/empty must hold at least one file`,
    })
  })

  test('when a link leaves its folder', async () => {
    await stage.write('linked/config.json', '{}')
    await symlink('../outside.txt', path.join(stage.folder, 'linked', 'weights'))
    expect(await refused(stage, register('linked'))).toEqual({
      exit: 2,
      code: 'invalid',
      detail: `${stage.folder}/linked/weights is a link that leaves the folder, to ${stage.folder}/outside.txt`,
      hint: 'Copy what it points to into the folder, or remove the link.',
    })
  })

  test('when a link in its folder leads back to it', async () => {
    await stage.write('circle/config.json', '{}')
    await symlink('.', path.join(stage.folder, 'circle', 'again'))
    expect(await refused(stage, register('circle'))).toMatchObject({
      exit: 2,
      code: 'invalid',
      detail: `${stage.folder}/circle/again is a link to a folder that holds it, which has no end`,
    })
  })

  test('when one of its files cannot be read', async ({ skip }) => {
    const prefix = await obeyingPermissions()
    if ('skipped' in prefix) {
      skip(prefix.skipped)
      return
    }
    await stage.write('locked/a.txt', 'readable')
    await chmod(await stage.write('locked/b.txt', 'not readable'), 0o000)
    expect(await refused(stage, register('locked'), { prefix })).toMatchObject({
      exit: 2,
      code: 'invalid',
      detail: `${stage.folder}/locked/b.txt cannot be read: EACCES`,
    })
  })

  test('when its name is too long', async () => {
    const { exit, detail } = await refused(stage, register('model.txt', 'm'.repeat(256)))
    expect({ exit, detail }).toEqual({
      exit: 2,
      detail: expect.stringContaining('must be at most 255 characters') as string,
    })
  })

  test('when its name could be a path', async () => {
    const { exit, detail } = await refused(stage, register('model.txt', '../mine'))
    expect({ exit, detail }).toEqual({
      exit: 2,
      detail: expect.stringContaining('must start with a letter or digit') as string,
    })
  })

  describe('by the API', () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const send = (file: string, sizeBytes = 1) =>
      refusalOf(
        stage.client.models.register({
          params: { workspace: 'default' },
          body: { name: 'mine', layout: 'folder', files: [{ path: file, digest, sizeBytes }] },
        }),
      )

    test.each(['../weights', 'a/../../weights', '/etc/passwd', 'a//b', './a', 'a\\b', 'a\0b', ''])(
      'when a file calls itself %j',
      async (file) => {
        const { status, code, fields } = await send(file)
        expect({ status, code, path: fields?.[0]?.path }).toEqual({
          status: 422,
          code: 'invalid',
          path: 'body.files.0.path',
        })
      },
    )

    test('when a file was never uploaded', async () => {
      const { status, code, message } = await send('weights')
      expect({ status, code }).toEqual({ status: 422, code: 'blob-missing' })
      expect(message).toContain('weights')
    })

    test('when the workspace does not exist', async () => {
      const { status, code } = await refusalOf(
        stage.client.models.list({ params: { workspace: 'elsewhere' } }),
      )
      expect({ status, code }).toEqual({ status: 404, code: 'not-found' })
    })
  })
})

describe('an upload is refused', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const params = { workspace: 'default' }
  const bytes = new TextEncoder().encode('twelve bytes')
  const start = (sizeBytes = bytes.length) =>
    stage.client.files.startUpload({ params, body: { digest: `sha256:${'1'.repeat(64)}`, sizeBytes } })
  const send = (upload: string, offset: number, body = bytes) =>
    refusalOf(
      stage.client.files.sendPart(
        { params: { ...params, upload }, body },
        { headers: { 'upload-offset': String(offset) } },
      ),
    )

  test('when its bytes are not those announced, and nothing of them stays', async () => {
    const { id } = await start()
    expect(await send(id, 0)).toMatchObject({ status: 422, code: 'digest-mismatch' })
    expect(await stage.unfinished()).toEqual([])
    expect(await readdir(path.join(stage.dataDir, 'blobs', 'sha256'))).toEqual([])
  })

  test('when it goes on at another place than it stands at', async () => {
    const { id } = await start()
    expect(await send(id, 5)).toMatchObject({ status: 409, code: 'offset-mismatch' })
  })

  test('when it sends more than it announced, and nothing of it stays', async () => {
    const { id } = await start(6)
    expect(await send(id, 0)).toMatchObject({ status: 413, code: 'too-large' })
    const upload = stage.client.files.getUpload({ params: { ...params, upload: id } })
    expect(await refusalOf(upload)).toMatchObject({ status: 404, code: 'not-found' })
  })

  test('when nobody has begun it', async () => {
    expect(await send('f'.repeat(64), 0)).toMatchObject({ status: 404, code: 'not-found' })
  })
})
