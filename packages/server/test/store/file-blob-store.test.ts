/** The file store keeps every promise of a blob store, on real files. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, open, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { blobStoreConformance } from '../../src/store/blobs/blob-store-conformance.ts'
import { digestOfBytes, send, someBytes, streamOf } from '../../src/store/blobs/conformance/open-blobs.ts'
import { openFileBlobStore } from '../../src/store/blobs/files/file-blob-store.ts'
import { expectResumed } from './killed-upload.ts'

const run = promisify(execFile)
let root = ''
let count = 0

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-blobs-'))
})
afterAll(() => rm(root, { recursive: true }))

blobStoreConformance(async () => {
  const dir = newDir()
  return {
    store: await openFileBlobStore(dir),
    reopen: () => openFileBlobStore(dir),
    damage: (digest) => damageFile(pathOf(dir, digest)),
    leftovers: async () => [
      ...(await readdir(join(dir, 'incoming'))),
      ...(await readdir(join(dir, 'uploads'))),
    ],
  }
})

describe('the folder of blobs', () => {
  test('has an upload that was killed, up to its last bytes', async () => {
    const dir = newDir()
    await expect(expectResumed('files', dir, () => openFileBlobStore(dir))).resolves.toBeUndefined()
  })

  test('is read through no symbolic link', async () => {
    const dir = newDir()
    const store = await openFileBlobStore(dir)
    const { digest } = await store.put(Buffer.from('blob'))
    await writeFile(join(root, 'secret'), 'blob')
    await unlink(pathOf(dir, digest))
    await symlink(join(root, 'secret'), pathOf(dir, digest))
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.missing([digest])).toEqual([digest])
    await store.put(Buffer.from('blob'))
    expect(await store.missing([digest])).toEqual([])
  })

  test('says at once that an upload cannot fit', async () => {
    const store = await openFileBlobStore(newDir())
    const start = store.startUpload(`sha256:${'0'.repeat(64)}`, 2 ** 50)
    await expect(start).rejects.toMatchObject({ code: 'insufficient-storage' })
  })

  test('says when the disk is full, leaves nothing, and goes on when there is room', async ({ skip }) => {
    const dir = await smallDisk(6)
    skip(dir === undefined, 'this user may not mount a small file system')
    if (dir === undefined) return
    const store = await openFileBlobStore(dir)
    const full = { code: 'insufficient-storage' }
    await expect(store.put(streamOf(someBytes(8_000_000)))).rejects.toMatchObject(full)
    expect(await readdir(join(dir, 'incoming'))).toEqual([])

    const bytes = someBytes(4_000_000)
    const started = await store.startUpload(digestOfBytes(bytes), bytes.length)
    const upload = await send(store, started, bytes.subarray(0, 1_000_000))
    await writeFile(join(dir, 'filler'), Buffer.alloc(3_000_000))
    await expect(send(store, upload, bytes.subarray(1_000_000))).rejects.toMatchObject(full)
    expect(await store.upload(upload.id)).toEqual(upload)
    await unlink(join(dir, 'filler'))
    expect(await send(store, upload, bytes.subarray(1_000_000))).toMatchObject({ complete: true })
  })
})

function newDir(): string {
  count += 1
  return join(root, `${count}`)
}

function pathOf(dir: string, digest: string): string {
  const hex = digest.slice('sha256:'.length)
  return join(dir, 'sha256', hex.slice(0, 2), hex)
}

async function damageFile(path: string): Promise<void> {
  await chmod(path, 0o600)
  const file = await open(path, 'r+')
  await file.write(Buffer.from('?!'), 0, 2, 1_000)
  await file.close()
}

/** A file system in memory, or undefined where mounting is not allowed. */
async function smallDisk(sizeMb: number): Promise<string | undefined> {
  const dir = newDir()
  await mkdir(dir)
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'slipway-test', dir]).then(
    () => true,
    () => false,
  )
  if (!mounted) return undefined
  onTestFinished(async () => {
    await run('umount', [dir])
  })
  return dir
}
