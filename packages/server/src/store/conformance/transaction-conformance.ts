/** Transactions: all or nothing, and nobody sees the half of one. */
import { describe, expect, test } from 'vitest'
import { aModel, aService, emptyStore, model, service, type OpenStore } from './open-store.ts'

export function transactionRules(open: OpenStore): void {
  describe('transactions', () => {
    test('see their own writes', async () => {
      const store = await emptyStore(open)
      const made = await store.transaction(async (tx) => {
        const { version } = await tx.createVersion(aModel('m'))
        await tx.create(aService('echo', { uses: [model('m', version ?? 0)] }))
        await tx.update(service('echo'), () => ({ status: 'new' }))
        const { items } = await tx.list({ kind: 'service', limit: 10, order: 'newest' })
        return { echo: await tx.get(service('echo')), items, users: await tx.users(model('m', 1)) }
      })
      expect(made.echo).toMatchObject({ status: 'new', metadata: { revision: 3 } })
      expect(made.items).toEqual([made.echo])
      expect(made.users).toEqual([service('echo')])
      expect(await store.get(service('echo'))).toEqual(made.echo)
    })

    test('roll back whole', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m', { tags: { team: 'x' } }))
      await store.createVersion(aModel('m'))
      await store.create(aService('echo', { uses: [model('m', 1)] }))
      const before = await store.get(service('echo'))
      const failing = store.transaction(async (tx) => {
        await tx.remove(service('echo'))
        await tx.remove(model('m', 2))
        await tx.update(model('m', 1), () => ({ tags: { team: 'y' }, spec: 'lost' }))
        await tx.createVersion(aModel('m'))
        await tx.create(aService('other', { uses: [model('m', 3)] }))
        await tx.remember('main', 'key', { requestHash: 'h', resource: service('other') })
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')

      expect(await store.get(service('echo'))).toEqual(before)
      expect(await store.find(service('other'))).toBeUndefined()
      expect(await store.users(model('m', 1))).toEqual([service('echo')])
      expect(await store.transaction((tx) => tx.recall('main', 'key'))).toBeUndefined()
      const tagged = await store.list({ kind: 'model', limit: 9, order: 'newest', tags: ['team=x'] })
      expect(tagged.items.map(({ version, spec }) => [version, spec])).toEqual([[1, { framework: 'custom' }]])
      const all = await store.list({ kind: 'model', limit: 9, order: 'newest' })
      expect(all.items.map(({ version }) => version)).toEqual([2, 1])
      const latest = await store.list({ kind: 'model', limit: 9, order: 'newest', latest: true })
      expect(latest.items.map(({ version }) => version)).toEqual([2])
      expect(await store.revision()).toBe(3)
      expect(await store.createVersion(aModel('m'))).toMatchObject({ version: 3 })
    })

    test('a failed step that is caught does not undo the others', async () => {
      const store = await emptyStore(open)
      await store.create(aService('taken'))
      await store.transaction(async (tx) => {
        await tx.create(aService('first'))
        await expect(tx.create(aService('taken'))).rejects.toMatchObject({ code: 'conflict' })
        await tx.create(aService('second'))
      })
      const { items } = await store.list({ kind: 'service', limit: 9, order: 'oldest' })
      expect(items.map(({ name }) => name)).toEqual(['taken', 'first', 'second'])
    })

    test('nobody reads what is not yet committed', async () => {
      const store = await emptyStore(open)
      const reading = Promise.withResolvers<unknown>()
      const running = store.transaction(async (tx) => {
        await tx.create(aService('half'))
        reading.resolve(undefined)
        await tx.create(aService('whole'))
      })
      await reading.promise
      const { items } = await store.list({ kind: 'service', limit: 9, order: 'newest' })
      expect([0, 2]).toContain(items.length)
      await running
    })

    test('run one after the other', async () => {
      const store = await emptyStore(open)
      await store.create(aService('counter', { spec: 0 }))
      const addSlowly = () =>
        store.transaction(async (tx) => {
          const { spec } = await tx.get<number>(service('counter'))
          await tx.list({ kind: 'service', limit: 1, order: 'newest' })
          await tx.update(service('counter'), () => ({ spec: spec + 1 }))
        })
      await Promise.all(Array.from({ length: 20 }, addSlowly))
      expect((await store.get(service('counter'))).spec).toBe(20)
    })

    test('that have begun are finished before the store closes', async () => {
      const store = await emptyStore(open)
      const writing = Array.from({ length: 10 }, (_, index) => store.create(aService(`s${index}`)))
      const reading = store.list({ kind: 'service', limit: 9, order: 'newest' })
      await store.close()
      expect((await Promise.all(writing)).map(({ name }) => name)).toContain('s9')
      expect((await reading).items.length).toBeLessThanOrEqual(10)
    })

    test('calling the store inside its own transaction is refused instead of waiting forever', async () => {
      const store = await emptyStore(open)
      const nested = store.transaction(async () => store.create(aService('echo')))
      await expect(nested).rejects.toThrow('inside its own transaction')
      await store.create(aService('echo'))
    })
  })
}
