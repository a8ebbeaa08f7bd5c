/** Creating, changing and removing single resources. */
import { describe, expect, test } from 'vitest'
import { aService, emptyStore, service, type OpenStore } from './open-store.ts'

export function writeRules(open: OpenStore): void {
  describe('writes', () => {
    test('a created resource reads back as it was returned', async () => {
      const store = await emptyStore(open, {
        now: () => new Date('2026-01-02T03:04:05.678Z'),
        newUid: () => 'u1',
      })
      const created = await store.create(
        aService('echo', { description: 'says it', tags: { team: 'a' }, properties: { run: '7' } }),
      )
      expect(created).toEqual({
        kind: 'service',
        name: 'echo',
        metadata: {
          workspace: 'main',
          uid: 'u1',
          generation: 1,
          revision: 1,
          createdAt: '2026-01-02T03:04:05.678Z',
          updatedAt: '2026-01-02T03:04:05.678Z',
          description: 'says it',
          tags: { team: 'a' },
          properties: { run: '7' },
        },
        spec: { replicas: 1 },
        status: {},
      })
      expect(await store.get(service('echo'))).toEqual(created)
      expect(await store.find(service('echo'))).toEqual(created)
    })

    test('any JSON comes back as it went in', async () => {
      const store = await emptyStore(open)
      const spec = {
        text: 'NUL \u0000, lone \ud800, emoji 🚢, quote " and \\',
        numbers: [0.1, -1e300, 9_007_199_254_740_991],
        nested: { z: null, a: [[], {}, true], __proto__x: '' },
      }
      const created = await store.create(aService('odd', { spec, status: 'text', description: 'a\u0000b' }))
      const read = await store.get(service('odd'))
      expect(read.spec).toEqual(spec)
      expect(JSON.stringify(read.spec)).toBe(JSON.stringify(spec))
      expect(read.status).toBe('text')
      expect(read.metadata.description).toBe('a\u0000b')
      expect(created).toEqual(read)
    })

    test('a resource that was read is a copy', async () => {
      const store = await emptyStore(open)
      const spec = { list: [1] }
      await store.create(aService('echo', { spec }))
      spec.list.push(2)
      const read = await store.get<{ list: number[] }>(service('echo'))
      read.spec.list.push(3)
      expect((await store.get(service('echo'))).spec).toEqual({ list: [1] })
    })

    test('a second creation of the same key is a conflict, in another workspace or kind it is not', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo'))
      await expect(store.create(aService('echo'))).rejects.toMatchObject({ code: 'conflict' })
      await store.create(aService('echo', { workspace: 'other' }))
      await store.create(aService('echo', { kind: 'device' }))
    })

    test('one of many concurrent creations of a key wins', async () => {
      const store = await emptyStore(open)
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => store.create(aService('echo', { spec: index }))),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused.every(({ reason }) => (reason as { code: string }).code === 'conflict')).toBe(true)
    })

    test('what does not exist is not found, by kind, name and version', async () => {
      const store = await emptyStore(open)
      const key = { kind: 'model', workspace: 'main', name: 'diabetes', version: 3 }
      const expected = { code: 'not-found', message: expect.stringContaining('model diabetes:3') as string }
      await expect(store.get(key)).rejects.toMatchObject(expected)
      await expect(store.update(key, () => ({}))).rejects.toMatchObject(expected)
      await expect(store.remove(key)).rejects.toMatchObject(expected)
      expect(await store.find(key)).toBeUndefined()
    })

    test('every change gives a new revision, a changed spec also a new generation', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo', { spec: { a: 1, b: 2 } }))
      const steps = [
        await store.update(service('echo'), () => ({ status: { phase: 'ready' } })),
        await store.update(service('echo'), () => ({ spec: { b: 2, a: 1 } })),
        await store.update(service('echo'), () => ({ spec: { a: 2, b: 2 } })),
        await store.update(service('echo'), () => ({ description: 'new', tags: { x: 'y' } })),
      ]
      expect(steps.map(({ metadata }) => [metadata.revision, metadata.generation])).toEqual([
        [2, 1],
        [3, 1],
        [4, 2],
        [5, 2],
      ])
      const read = await store.get(service('echo'))
      expect(read).toEqual(steps[3])
      expect(read).toMatchObject({ spec: { a: 2, b: 2 }, status: { phase: 'ready' } })
    })

    test('a change of undefined leaves everything as it is', async () => {
      const store = await emptyStore(open)
      const created = await store.create(aService('echo'))
      expect(await store.update(service('echo'), () => undefined)).toEqual(created)
      expect(await store.revision()).toBe(1)
    })

    test('a write on an old revision fails and changes nothing', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo'))
      await store.update(service('echo'), () => ({ spec: 'new' }), { ifRevision: 1 })
      const old = { ifRevision: 1 }
      const expected = {
        code: 'precondition-failed',
        message: expect.stringContaining('revision 2') as string,
      }
      await expect(store.update(service('echo'), () => ({ spec: 'late' }), old)).rejects.toMatchObject(
        expected,
      )
      await expect(store.remove(service('echo'), old)).rejects.toMatchObject(expected)
      expect((await store.get(service('echo'))).spec).toBe('new')
    })

    test('of many changes to the revision all have read, one wins', async () => {
      const store = await emptyStore(open)
      await store.create(aService('echo'))
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () =>
          store.update(service('echo'), () => ({ spec: 1 }), { ifRevision: 1 }),
        ),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    })

    test('concurrent changes without a precondition all count', async () => {
      const store = await emptyStore(open)
      await store.create(aService('counter', { spec: 0 }))
      const add = () => store.update<number>(service('counter'), ({ spec }) => ({ spec: spec + 1 }))
      await Promise.all(Array.from({ length: 50 }, add))
      expect((await store.get(service('counter'))).spec).toBe(50)
    })

    test('a removed resource is given back once more and gone, and its name gets a new identity', async () => {
      const store = await emptyStore(open)
      const first = await store.create(aService('echo'))
      const removed = await store.remove(service('echo'))
      expect(removed.metadata).toMatchObject({ uid: first.metadata.uid, revision: 2 })
      await expect(store.get(service('echo'))).rejects.toMatchObject({ code: 'not-found' })
      const second = await store.create(aService('echo'))
      expect(second.metadata.uid).not.toBe(first.metadata.uid)
      expect(second.metadata.revision).toBe(3)
    })

    test('a closed store refuses to work, and closes again', async () => {
      const store = await emptyStore(open)
      await store.close()
      await store.close()
      await expect(store.get(service('echo'))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(store.create(aService('echo'))).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}
