/** Collecting what nobody uses. */
import { describe, expect, test } from 'vitest'
import { digestOfBytes, emptyBlobs, readAll, send, someBytes, type OpenBlobs } from './open-blobs.ts'

export function collectRules(open: OpenBlobs): void {
  describe('collection', () => {
    test('removes what is old and unused, and says what it freed', async () => {
      const { store } = await emptyBlobs(open)
      const used = await store.put(Buffer.from('used'))
      const unused = await store.put(Buffer.from('unused'))
      const collected = await store.collect({ ...ofNow(), inUse: (digest) => digest === used.digest })
      expect(collected).toEqual({ removed: [unused.digest], freedBytes: 6 })
      expect(await store.missing([used.digest, unused.digest])).toEqual([unused.digest])
      expect((await readAll(store, used.digest)).toString()).toBe('used')
    })

    test('leaves what is young', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('young'))
      const collected = await store.collect({ ...ofNow(), olderThan: before(60_000), inUse: () => false })
      expect(collected).toEqual({ removed: [], freedBytes: 0 })
      expect(await store.missing([digest])).toEqual([])
    })

    test('leaves what was offered again while it looked', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('wanted'))
      const olderThan = new Date()
      await untilAfter(olderThan)
      const offerAgain = async () => {
        expect(await store.missing([digest])).toEqual([])
        return false
      }
      const collected = await store.collect({ ...ofNow(), olderThan, inUse: offerAgain })
      expect(collected.removed).toEqual([])
      expect(await store.missing([digest])).toEqual([])
    })

    test('never takes what a registration was just told is there', async () => {
      const { store } = await emptyBlobs(open)
      const stored = await Promise.all(
        Array.from({ length: 40 }, (_, index) => store.put(Buffer.from(`blob ${index}`))),
      )
      const olderThan = new Date()
      await untilAfter(olderThan)
      const digests = stored.map(({ digest }) => digest)
      const collecting = store.collect({ ...ofNow(), olderThan, inUse: () => false })
      const missing = new Set(await store.missing(digests))
      const { removed } = await collecting
      const promised = digests.filter((digest) => !missing.has(digest))
      expect(await store.missing(promised)).toEqual([])
      expect(new Set(removed)).toEqual(missing)
    })

    test('forgets old uploads and keeps young ones', async () => {
      const { store, leftovers } = await emptyBlobs(open)
      const bytes = someBytes(6_000_000)
      const started = await store.startUpload(digestOfBytes(bytes), bytes.length)
      await send(store, started, bytes.subarray(0, 5_500_000))
      await store.collect({ ...ofNow(), olderThan: before(60_000), inUse: () => false })
      expect(await store.upload(started.id)).toMatchObject({ offset: 5_500_000 })
      await store.collect({ ...ofNow(), inUse: () => false })
      expect(await store.upload(started.id)).toBeUndefined()
      expect(await leftovers()).toEqual([])
    })

    test('stops when it is aborted', async () => {
      const { store } = await emptyBlobs(open)
      const { digest } = await store.put(Buffer.from('a'))
      const collecting = store.collect({ ...ofNow(), inUse: () => false, signal: AbortSignal.abort() })
      await expect(collecting).rejects.toMatchObject({ name: 'AbortError' })
      expect(await store.missing([digest])).toEqual([])
    })
  })
}

/** Everything stored up to now is old; stores may keep whole seconds only. */
function ofNow() {
  return { olderThan: before(-2_000), signal: new AbortController().signal }
}

function before(ageMs: number): Date {
  return new Date(Date.now() - ageMs)
}

/** Waits for a clock, so that what is touched from now on is younger. */
async function untilAfter(time: Date): Promise<void> {
  await expect.poll(() => Date.now() - time.getTime(), { interval: 5 }).toBeGreaterThan(20)
}
