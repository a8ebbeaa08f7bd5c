/** Idempotency keys. */
import { describe, expect, test } from 'vitest'
import { aService, emptyStore, service, upTo, type OpenStore } from './open-store.ts'

export function idempotencyRules(open: OpenStore): void {
  describe('idempotency keys', () => {
    test('lead back to what they created, in their workspace', async () => {
      const store = await emptyStore(open)
      const used = { requestHash: 'abc', resource: service('echo') }
      await store.transaction((tx) => tx.remember('main', 'key', used))
      expect(await store.transaction((tx) => tx.recall('main', 'key'))).toEqual(used)
      expect(await store.transaction((tx) => tx.recall('other', 'key'))).toBeUndefined()
      expect(await store.transaction((tx) => tx.recall('main', 'other'))).toBeUndefined()
    })

    test('make concurrent repetitions create once', async () => {
      const store = await emptyStore(open)
      const createOnce = () =>
        store.transaction(async (tx) => {
          const known = await tx.recall('main', 'key')
          if (known) return tx.get(known.resource)
          const made = await tx.create(aService('echo'))
          await tx.remember('main', 'key', { requestHash: 'abc', resource: service('echo') })
          return made
        })
      const made = await Promise.all(upTo(20).map(createOnce))
      expect(new Set(made.map(({ metadata }) => metadata.uid)).size).toBe(1)
    })

    test('are forgotten after 24 hours', async () => {
      const clock = { ms: Date.UTC(2026, 0, 1) }
      const store = await emptyStore(open, { now: () => new Date(clock.ms) })
      const used = { requestHash: 'abc', resource: service('echo') }
      await store.transaction((tx) => tx.remember('main', 'key', used))
      clock.ms += 24 * 3_600_000 - 1
      expect(await store.transaction((tx) => tx.recall('main', 'key'))).toEqual(used)
      clock.ms += 2
      expect(await store.transaction((tx) => tx.recall('main', 'key'))).toBeUndefined()
      await store.transaction((tx) => tx.remember('main', 'key', { ...used, requestHash: 'new' }))
      expect(await store.transaction((tx) => tx.recall('main', 'key'))).toMatchObject({ requestHash: 'new' })
    })
  })
}
