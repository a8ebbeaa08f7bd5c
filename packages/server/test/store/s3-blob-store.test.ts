/** The S3 store keeps every promise of a blob store, on a real S3 server. */
import { chmod, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startS3 } from '../../../../test/support/s3.ts'
import { blobStoreConformance } from '../../src/store/blobs/blob-store-conformance.ts'
import { digestOfBytes, readAll, send, someBytes } from '../../src/store/blobs/conformance/open-blobs.ts'
import { openS3BlobStore, type S3Options } from '../../src/store/blobs/s3/s3-blob-store.ts'
import { expectResumed } from './killed-upload.ts'

const s3 = await startS3()
const skipped = 'skipped' in s3 ? `: ${s3.skipped}` : ''

describe.skipIf(skipped)(`the S3 store${skipped}`, () => {
  let root = ''
  let count = 0

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-s3-'))
  })
  afterAll(async () => {
    if ('stop' in s3) await s3.stop()
    await rm(root, { recursive: true })
  })

  blobStoreConformance(async () => {
    const options = newPlace()
    return {
      store: await openS3BlobStore(options),
      reopen: () => openS3BlobStore(options),
      damage: (digest) => damageBoth(options, digest),
      leftovers: () => leftovers(options),
    }
  })

  test('an upload that was killed goes on behind its last part', async () => {
    const options = newPlace()
    const resumed = expectResumed('s3', JSON.stringify(options), () => openS3BlobStore(options))
    await expect(resumed).resolves.toBeUndefined()
  })

  test('an upload goes on at another server, which lacks only the part that was not full', async () => {
    const options = newPlace()
    const bytes = someBytes(20_000_000)
    const one = await openS3BlobStore(options)
    const started = await one.startUpload(digestOfBytes(bytes), bytes.length)
    await send(one, started, bytes.subarray(0, 19_000_000))
    const two = await openS3BlobStore({ ...options, cacheDir: `${options.cacheDir}-two` })
    const resumed = await two.startUpload(digestOfBytes(bytes), bytes.length)
    expect(resumed).toMatchObject({ id: started.id, offset: 16 * 2 ** 20 })
    expect(await send(two, resumed, bytes.subarray(resumed.offset))).toMatchObject({ complete: true })
    expect((await readAll(one, resumed.digest)).equals(bytes)).toBe(true)
    await Promise.all([one.close(), two.close()])
  })

  test('a bucket that is not there is named at once', async () => {
    const opening = openS3BlobStore({ ...newPlace(), bucket: 'absent' })
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('absent') as string,
    })
  })

  function newPlace(): S3Options {
    if ('skipped' in s3) throw new Error(s3.skipped)
    count += 1
    const { endpoint, bucket, accessKeyId, secretAccessKey } = s3
    const credentials = { accessKeyId, secretAccessKey }
    return { endpoint, bucket, credentials, prefix: `store-${count}/`, cacheDir: join(root, `${count}`) }
  }
})

/** The object, and the copy of it that this server has. */
async function damageBoth({ cacheDir, prefix = '' }: S3Options, digest: string): Promise<void> {
  if ('skipped' in s3) return
  const hex = digest.slice('sha256:'.length)
  const name = join('sha256', hex.slice(0, 2), hex)
  for (const path of [join(s3.folder, prefix, name), join(cacheDir, 'blobs', name)]) {
    await chmod(path, 0o600)
    const file = await open(path, 'r+')
    await file.write(Buffer.from('?!'), 0, 2, 1_000)
    await file.close()
  }
}

async function leftovers({ cacheDir, prefix = '' }: S3Options): Promise<string[]> {
  if ('skipped' in s3) return []
  const objects = ['uploads', 'incoming'].map((name) => join(s3.folder, prefix, name))
  const local = [join(cacheDir, 'uploads'), join(cacheDir, 'blobs', 'incoming')]
  const names = await Promise.all([...objects, ...local].map((folder) => namesIn(folder)))
  return names.flat()
}

async function namesIn(folder: string): Promise<string[]> {
  const there = await stat(folder).catch(() => undefined)
  return there ? readdir(folder) : []
}
