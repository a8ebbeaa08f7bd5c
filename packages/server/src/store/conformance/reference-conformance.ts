/** Who uses whom, and that nobody can take away what is used. */
import { describe, expect, test } from 'vitest'
import { aModel, aService, emptyStore, model, service, upTo, type OpenStore } from './open-store.ts'

export function referenceRules(open: OpenStore): void {
  describe('references', () => {
    test('what is used cannot be removed, and the answer names the users', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m'))
      await store.createVersion({ ...aModel('i', { uses: [model('m', 1)] }), kind: 'image' })
      await store.create(aService('echo', { uses: [model('m', 1)] }))
      await expect(store.remove(model('m', 1))).rejects.toMatchObject({
        code: 'in-use',
        users: ['image/i:1', 'service/echo'],
      })
      expect(await store.users(model('m', 1))).toEqual([{ ...model('i', 1), kind: 'image' }, service('echo')])
      expect(await store.get(model('m', 1))).toMatchObject({ version: 1 })
    })

    test('removing the last user frees what it used', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m'))
      await store.create(aService('echo', { uses: [model('m', 1)] }))
      await store.remove(service('echo'))
      expect(await store.users(model('m', 1))).toEqual([])
      await store.remove(model('m', 1))
    })

    test('an update replaces what is used, and leaves it when it does not say', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m'))
      await store.createVersion(aModel('m'))
      await store.create(aService('echo', { uses: [model('m', 1)] }))
      await store.update(service('echo'), () => ({ status: 'ready' }))
      await expect(store.remove(model('m', 1))).rejects.toMatchObject({ code: 'in-use' })
      await store.update(service('echo'), () => ({ uses: [model('m', 2), model('m', 2)] }))
      await store.remove(model('m', 1))
      await expect(store.remove(model('m', 2))).rejects.toMatchObject({ users: ['service/echo'] })
    })

    test('using what does not exist is refused by name, and nothing is written', async () => {
      const store = await emptyStore(open)
      const expected = { code: 'invalid', message: expect.stringContaining('model m:7') as string }
      await expect(store.create(aService('echo', { uses: [model('m', 7)] }))).rejects.toMatchObject(expected)
      expect(await store.find(service('echo'))).toBeUndefined()
      await store.create(aService('echo'))
      const uses = { uses: [model('m', 7)], spec: 'changed' }
      await expect(store.update(service('echo'), () => uses)).rejects.toMatchObject(expected)
      expect(await store.get(service('echo'))).toMatchObject({ spec: { replicas: 1 } })
      expect(await store.revision()).toBe(1)
    })

    test('using oneself does not stand in the way of removal', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo'))
      await store.update(service('echo'), () => ({ uses: [service('echo')] }))
      await store.remove(service('echo'))
      expect(await store.find(service('echo'))).toBeUndefined()
    })

    test('of a removal and a new use at the same time exactly one succeeds', async () => {
      const store = await emptyStore(open)
      for (const round of upTo(20)) {
        await store.createVersion(aModel('m'))
        const use = () => store.create(aService(`s${round}`, { uses: [model('m', round)] }))
        const remove = () => store.remove(model('m', round))
        const race = round % 2 === 0 ? [use(), remove()] : [remove(), use()]
        const results = await Promise.allSettled(race)
        expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
        const used = await store.find(service(`s${round}`))
        expect((await store.find(model('m', round))) === undefined).toBe(used === undefined)
      }
    })
  })
}
