/** Whole blobs: storing, reading, checking. */
import { stat, readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import {
  brokenStream,
  digestOfBytes,
  emptyBlobs,
  readAll,
  someBytes,
  streamOf,
  type OpenBlobs,
} from './open-blobs.ts'

const unknown = `sha256:${'0'.repeat(64)}`

export function contentRules(open: OpenBlobs): void {
  describe('blobs', () => {
    test.each([0, 1, 65_536, 12_000_001])('of %d bytes come back as they were stored', async (sizeBytes) => {
      const { store, reopen } = await emptyBlobs(open)
      const bytes = someBytes(sizeBytes)
      const digest = digestOfBytes(bytes)
      expect(await store.put(streamOf(bytes))).toEqual({ digest, sizeBytes })
      expect(await store.stat(digest)).toEqual({ sizeBytes })
      expect((await readAll(store, digest)).equals(bytes)).toBe(true)
      const again = await reopen()
      expect((await readAll(again, digest)).equals(bytes)).toBe(true)
      await again.close()
    })

    test('may be given as bytes', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(new TextEncoder().encode('hello'))
      expect((await readAll(store, digest)).toString()).toBe('hello')
    })

    test('are read from an offset to the end', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('0123456789'))
      expect((await readAll(store, digest, 0)).toString()).toBe('0123456789')
      expect((await readAll(store, digest, 7)).toString()).toBe('789')
      expect((await readAll(store, digest, 10)).toString()).toBe('')
    })

    test('that are missing are told, in the order they were asked for', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('here'))
      const other = digestOfBytes(Buffer.from('other'))
      expect(await store.missing([unknown, digest, other])).toEqual([unknown, other])
      expect(await store.missing([])).toEqual([])
      const many = Array.from({ length: 300 }, (_, index) => digestOfBytes(Buffer.from(`${index}`)))
      expect(await store.missing([...many, digest])).toEqual(many)
    })

    test('that do not exist are not found', async () => {
      const { store } = await emptyBlobs(open)
      expect(await store.stat(unknown)).toBeUndefined()
      await expect(store.read(unknown)).rejects.toMatchObject({ code: 'not-found' })
      const path = store.localPath(unknown, new AbortController().signal)
      await expect(path).rejects.toMatchObject({ code: 'not-found' })
      await store.remove(unknown)
    })

    test.each([
      '',
      'sha256:',
      'x',
      `sha256:${'A'.repeat(64)}`,
      `sha256:../../${'0'.repeat(58)}`,
      `md5:${'0'.repeat(64)}`,
    ])('cannot be named %j', async (digest) => {
      const { store } = await emptyBlobs(open)
      const expected = { code: 'bad-request' }
      await expect(store.stat(digest)).rejects.toMatchObject(expected)
      await expect(store.read(digest)).rejects.toMatchObject(expected)
      await expect(store.missing([digest])).rejects.toMatchObject(expected)
      await expect(store.startUpload(digest, 1)).rejects.toMatchObject(expected)
      await expect(store.remove(digest)).rejects.toMatchObject(expected)
    })

    test('that are not what was announced are not stored', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const bytes = someBytes(100_000)
      await expect(store.put(streamOf(bytes), { digest: unknown })).rejects.toMatchObject({
        code: 'digest-mismatch',
      })
      expect(await store.missing([unknown, digestOfBytes(bytes)])).toHaveLength(2)
      expect(await leftovers()).toEqual([])
      await store.put(streamOf(bytes), { digest: digestOfBytes(bytes) })
      expect(await store.missing([digestOfBytes(bytes)])).toEqual([])
    })

    test('whose source breaks are not stored', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const bytes = someBytes(6_000_000)
      await expect(store.put(brokenStream(bytes))).rejects.toThrow('connection lost')
      expect(await store.stat(digestOfBytes(bytes))).toBeUndefined()
      expect(await leftovers()).toEqual([])
    })

    test('of the same content can be stored at the same time', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const bytes = someBytes(3_000_000)
      const puts = Array.from({ length: 8 }, () => store.put(streamOf(bytes)))
      const digests = new Set((await Promise.all(puts)).map(({ digest }) => digest))
      expect(digests).toEqual(new Set([digestOfBytes(bytes)]))
      expect((await readAll(store, digestOfBytes(bytes))).equals(bytes)).toBe(true)
      expect(await Array.fromAsync(store.list())).toHaveLength(1)
      expect(await leftovers()).toEqual([])
    })

    test('are listed', async () => {
      const { store } = await emptyBlobs(open)
      expect(await Array.fromAsync(store.list())).toEqual([])
      const stored = await Promise.all(['a', 'bb', 'ccc'].map((text) => store.put(Buffer.from(text))))
      const listed = await Array.fromAsync(store.list())
      const plain = listed.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }))
      expect(plain).toEqual(expect.arrayContaining(stored))
      expect(listed).toHaveLength(3)
      for (const { modifiedAt } of listed)
        expect(Math.abs(Date.now() - modifiedAt.getTime())).toBeLessThan(60_000)
    })

    test('are gone once removed', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('a'))
      await store.remove(digest)
      await store.remove(digest)
      expect(await store.missing([digest])).toEqual([digest])
    })

    test('that were damaged end in an error instead of an end', async () => {
      const { store, damage } = await emptyBlobs(open)
      const { digest } = await store.put(streamOf(someBytes(200_000)))
      await damage(digest)
      const stream = await store.read(digest)
      const ended = Promise.withResolvers<string>()
      stream
        .on('end', () => ended.resolve('end'))
        .on('error', (error: { code?: string }) => ended.resolve(`${error.code}`))
      stream.resume()
      expect(await ended.promise).toBe('corrupted')
      const path = store.localPath(digest, new AbortController().signal)
      await expect(path).rejects.toMatchObject({ code: 'corrupted' })
    })

    test('are local files that nobody can write', async () => {
      const { store } = await emptyBlobs(open)
      const bytes = someBytes(300_000)
      const { digest } = await store.put(streamOf(bytes))
      const signal = new AbortController().signal
      const paths = await Promise.all([store.localPath(digest, signal), store.localPath(digest, signal)])
      expect(new Set(paths).size).toBe(1)
      const [path] = paths
      expect((await readFile(path)).equals(bytes)).toBe(true)
      expect((await stat(path)).mode & 0o222).toBe(0)
      expect(await store.localPath(digest, signal)).toBe(path)
    })

    test('stop being read when the reader goes or aborts', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(streamOf(someBytes(5_000_000)))
      const left = await store.read(digest)
      left.destroy()
      const abort = new AbortController()
      const aborted = await store.read(digest, { signal: abort.signal })
      abort.abort()
      await expect(buffer(aborted)).rejects.toMatchObject({ name: 'AbortError' })
      await expect(store.read(digest, { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
      expect(left).toBeInstanceOf(Readable)
      expect(await readAll(store, digest)).toHaveLength(5_000_000)
    })
  })
}
