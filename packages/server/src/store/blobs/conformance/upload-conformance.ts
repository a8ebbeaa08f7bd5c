/** Uploads: in parts, interrupted, resumed, and checked. */
import { describe, expect, test } from 'vitest'
import {
  brokenStream,
  digestOfBytes,
  emptyBlobs,
  openStream,
  readAll,
  send,
  someBytes,
  streamOf,
  type OpenBlobs,
} from './open-blobs.ts'

const sizeBytes = 13_000_000
const bytes = someBytes(sizeBytes)
const digest = digestOfBytes(bytes)

export function uploadRules(open: OpenBlobs): void {
  describe('uploads', () => {
    test('bring a blob in parts', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      let upload = await store.startUpload(digest, sizeBytes)
      expect(upload).toMatchObject({ digest, sizeBytes, offset: 0, complete: false })
      expect(upload.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      for (const end of [1, 6_000_000, 6_000_001, 12_999_999]) {
        upload = await send(store, upload, bytes.subarray(upload.offset, end))
        expect(upload).toMatchObject({ offset: end, complete: false })
        expect(await store.upload(upload.id)).toEqual(upload)
        expect(await store.stat(digest)).toBeUndefined()
      }
      upload = await send(store, upload, bytes.subarray(upload.offset))
      expect(upload).toMatchObject({ offset: sizeBytes, complete: true })
      expect((await readAll(store, digest)).equals(bytes)).toBe(true)
      expect(await leftovers()).toEqual([])
    })

    test('bring a blob in one part, and an empty one in none', async () => {
      const { store } = await emptyBlobs(open)
      const whole = await send(store, await store.startUpload(digest, sizeBytes), bytes)
      expect(whole.complete).toBe(true)
      const empty = digestOfBytes(Buffer.alloc(0))
      expect(await store.startUpload(empty, 0)).toMatchObject({ offset: 0, complete: true })
      expect(await store.missing([digest, empty])).toEqual([])
    })

    test('of what is stored are complete at once', async () => {
      const { store } = await emptyBlobs(open)
      await store.put(streamOf(bytes))
      expect(await store.startUpload(digest, sizeBytes)).toMatchObject({ offset: sizeBytes, complete: true })
    })

    test('that were finished still answer a client that did not hear it', async () => {
      const { store } = await emptyBlobs(open)
      const started = await store.startUpload(digest, sizeBytes)
      const finished = await send(store, started, bytes)
      expect(await store.upload(started.id)).toEqual(finished)
      expect(await store.startUpload(digest, sizeBytes)).toEqual(finished)
    })

    test('keep what came before the connection broke, and go on from there', async () => {
      const { store } = await emptyBlobs(open)
      const started = await store.startUpload(digest, sizeBytes)
      const part = { id: started.id, offset: 0, source: brokenStream(bytes.subarray(0, 7_000_000)) }
      await expect(store.append(part)).rejects.toThrow('connection lost')
      const resumed = await store.startUpload(digest, sizeBytes)
      expect(resumed.id).toBe(started.id)
      expect(resumed.offset).toBeGreaterThan(5_000_000)
      expect(resumed.offset).toBeLessThanOrEqual(7_000_000)
      const finished = await send(store, resumed, bytes.subarray(resumed.offset))
      expect(finished.complete).toBe(true)
      expect((await readAll(store, digest)).equals(bytes)).toBe(true)
    })

    test('keep what came before an abort', async () => {
      const { store } = await emptyBlobs(open)
      const { id } = await store.startUpload(digest, sizeBytes)
      const { source, taken } = openStream(bytes.subarray(0, 7_000_000))
      const abort = new AbortController()
      const appending = store.append({ id, offset: 0, source }, abort.signal)
      await taken
      abort.abort()
      await expect(appending).rejects.toMatchObject({ name: 'AbortError' })
      expect(await store.upload(id)).toMatchObject({ offset: 7_000_000 })
    })

    test('go on in another process', async () => {
      const { store, reopen } = await emptyBlobs(open)
      const started = await store.startUpload(digest, sizeBytes)
      await send(store, started, bytes.subarray(0, 6_500_000))
      await store.close()
      const again = await reopen()
      const resumed = await again.startUpload(digest, sizeBytes)
      expect(resumed).toMatchObject({ id: started.id, offset: 6_500_000, complete: false })
      expect(await send(again, resumed, bytes.subarray(6_500_000))).toMatchObject({ complete: true })
      expect((await readAll(again, digest)).equals(bytes)).toBe(true)
      await again.close()
    })

    test('refuse a part that does not start where they stand', async () => {
      const { store } = await emptyBlobs(open)
      const upload = await send(store, await store.startUpload(digest, sizeBytes), bytes.subarray(0, 100))
      for (const offset of [0, 99, 101]) {
        const part = { id: upload.id, offset, source: streamOf(bytes.subarray(offset)) }
        await expect(store.append(part)).rejects.toMatchObject({ code: 'offset-mismatch' })
      }
      expect(await store.upload(upload.id)).toEqual(upload)
    })

    test('refuse a second part while one is being written, and finish the first', async () => {
      const { store } = await emptyBlobs(open)
      const upload = await store.startUpload(digest, sizeBytes)
      const { source, taken, push } = openStream(bytes.subarray(0, 500_000))
      const first = store.append({ id: upload.id, offset: 0, source })
      await taken
      await expect(send(store, upload, bytes)).rejects.toMatchObject({ code: 'offset-mismatch' })
      push(bytes.subarray(500_000))
      push(null)
      expect(await first).toMatchObject({ complete: true })
    })

    test('of other bytes than announced are discarded whole', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const upload = await store.startUpload(digest, sizeBytes)
      const other = someBytes(sizeBytes, 2)
      await expect(send(store, upload, other)).rejects.toMatchObject({ code: 'digest-mismatch' })
      expect(await store.upload(upload.id)).toBeUndefined()
      expect(await store.missing([digest, digestOfBytes(other)])).toHaveLength(2)
      expect(await leftovers()).toEqual([])
      expect(await send(store, await store.startUpload(digest, sizeBytes), bytes)).toMatchObject({
        complete: true,
      })
    })

    test('that send more than they announced are discarded whole', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const small = bytes.subarray(0, 100_000)
      const started = await store.startUpload(digestOfBytes(small), small.length)
      const upload = await send(store, started, small.subarray(0, 10))
      await expect(send(store, upload, bytes)).rejects.toMatchObject({ code: 'too-large' })
      expect(await leftovers()).toEqual([])
      const again = await store.startUpload(digestOfBytes(small), small.length)
      expect(await send(store, again, small)).toMatchObject({ complete: true })
    })

    test('that are unknown are not found', async () => {
      const { store } = await emptyBlobs(open)
      for (const id of ['unknown', '../../etc', '0'.repeat(64)]) {
        expect(await store.upload(id)).toBeUndefined()
        const part = { id, offset: 0, source: streamOf(bytes) }
        await expect(store.append(part)).rejects.toMatchObject({ code: 'not-found' })
      }
    })
  })
}
