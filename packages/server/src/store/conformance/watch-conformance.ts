/** Watches: every change once, in order, from any revision that is kept. */
import { describe, expect, test } from 'vitest'
import type { ResourceEvent, ResourceStore, WatchOptions } from '../resource-store.ts'
import { aModel, aService, emptyStore, model, service, upTo, type OpenStore } from './open-store.ts'

export function watchRules(open: OpenStore): void {
  describe('watches', () => {
    test('tell creation, change and removal, each with the resource as it was left', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo'))
      await store.update(service('echo'), () => ({ spec: 'new' }))
      await store.remove(service('echo'))
      const events = await take(store, { afterRevision: 0 }, 3)
      expect(events.map(({ revision, type }) => [revision, type])).toEqual([
        [1, 'created'],
        [2, 'updated'],
        [3, 'deleted'],
      ])
      expect(events.map(({ resource }) => resource.spec)).toEqual([{ replicas: 1 }, 'new', 'new'])
      expect(events.map(({ resource }) => resource.metadata.revision)).toEqual([1, 2, 3])
      expect(events[2]?.key).toEqual(service('echo'))
    })

    test('resume after any revision', async () => {
      const store = await emptyStore(open)
      for (const index of upTo(10)) await store.create(aService(`s${index}`))
      const events = await take(store, { afterRevision: 7 }, 3)
      expect(events.map(({ revision }) => revision)).toEqual([8, 9, 10])
    })

    test('see what concurrent writers write, in order, none lost, none twice', async () => {
      const store = await emptyStore(open)
      const watching = take(store, { afterRevision: 0 }, 600)
      const resumed = take(store, { afterRevision: 0 }, 50).then((events) =>
        take(store, { afterRevision: events.at(-1)?.revision ?? 0 }, 550),
      )
      await Promise.all(upTo(600).map((index) => store.createVersion(aModel(`m${index % 7}`))))
      expect((await watching).map(({ revision }) => revision)).toEqual(upTo(600))
      expect((await resumed).map(({ revision }) => revision)).toEqual(upTo(600).slice(50))
    })

    test('wake up for a change that comes later', async () => {
      const store = await emptyStore(open)
      const watching = take(store, { afterRevision: 0 }, 2)
      await store.create(aService('first'))
      await take(store, { afterRevision: 0 }, 1)
      await store.create(aService('second'))
      expect((await watching).map(({ key }) => key.name)).toEqual(['first', 'second'])
    })

    test('hold only the kinds and the workspace that were asked for', async () => {
      const store = await emptyStore(open)
      for (const index of upTo(250)) await store.create(aService(`s${index}`))
      await store.createVersion(aModel('m'))
      await store.createVersion(aModel('m', { workspace: 'other' }))
      await store.create(aService('last', { workspace: 'other' }))
      const other = await take(store, { afterRevision: 0, workspace: 'other' }, 2)
      expect(other.map(({ revision }) => revision)).toEqual([252, 253])
      const models = await take(store, { afterRevision: 0, kinds: ['model', 'image'] }, 2)
      expect(models.map(({ key }) => key)).toEqual([model('m', 1), { ...model('m', 1), workspace: 'other' }])
    })

    test('say nothing of a transaction that failed', async () => {
      const store = await emptyStore(open)
      const failing = store.transaction(async (tx) => {
        await tx.create(aService('never'))
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await store.create(aService('echo'))
      const [event] = await take(store, { afterRevision: 0 }, 1)
      expect(event).toMatchObject({ revision: 1, key: service('echo') })
    })

    test('end when they are aborted, and when the store closes', async () => {
      const store = await emptyStore(open)
      const abort = new AbortController()
      const aborted = collect(store.watch({ afterRevision: 0 }, abort.signal))
      const closed = collect(store.watch({ afterRevision: 0 }, new AbortController().signal))
      await store.create(aService('echo'))
      abort.abort()
      expect((await aborted).length).toBeLessThanOrEqual(1)
      await store.close()
      expect((await closed).length).toBeLessThanOrEqual(1)
    })

    test('refuse a revision whose changes are no longer kept, or that never was', async () => {
      const store = await emptyStore(open, { keptChanges: 20 })
      for (const index of upTo(500)) await store.create(aService(`s${index}`))
      const expected = { code: 'expired', message: expect.stringContaining('480 to 500') as string }
      await expect(take(store, { afterRevision: 479 }, 1)).rejects.toMatchObject(expected)
      await expect(take(store, { afterRevision: 501 }, 1)).rejects.toMatchObject(expected)
      expect((await take(store, { afterRevision: 480 }, 20)).at(-1)).toMatchObject({ revision: 500 })
      expect(await store.get(service('s1'))).toMatchObject({ name: 's1' })
    })
  })
}

async function take(store: ResourceStore, options: WatchOptions, count: number): Promise<ResourceEvent[]> {
  const abort = new AbortController()
  const events: ResourceEvent[] = []
  for await (const event of store.watch(options, abort.signal)) {
    events.push(event)
    if (events.length === count) abort.abort()
  }
  return events
}

async function collect(events: AsyncIterable<ResourceEvent>): Promise<ResourceEvent[]> {
  return Array.fromAsync(events)
}
