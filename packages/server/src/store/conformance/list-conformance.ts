/** Lists: order, pages and filters. */
import { describe, expect, test } from 'vitest'
import type { ListOptions, ResourceStore } from '../resource-store.ts'
import { aModel, aService, emptyStore, model, service, upTo, type OpenStore } from './open-store.ts'

export function listRules(open: OpenStore): void {
  describe('lists', () => {
    test('are ordered by creation, whatever was changed since', async () => {
      const store = await emptyStore(open)
      for (const name of ['b', 'c', 'a']) await store.create(aService(name))
      await store.update(service('b'), () => ({ spec: 'new' }))
      expect(await names(store, { order: 'oldest' })).toEqual(['b', 'c', 'a'])
      expect(await names(store, { order: 'newest' })).toEqual(['a', 'c', 'b'])
    })

    test('hold one kind of one workspace, or of all', async () => {
      const store = await emptyStore(open)
      await store.create(aService('a'))
      await store.create(aService('b', { workspace: 'other' }))
      await store.create(aService('c', { kind: 'device' }))
      expect(await names(store, {})).toEqual(['a'])
      expect(await names(store, { workspace: undefined })).toEqual(['b', 'a'])
      expect(await names(store, { workspace: 'none' })).toEqual([])
    })

    test.for(['newest', 'oldest'] as const)(
      'page %s first without repeating or skipping what stays, while others come and go',
      async (order) => {
        const store = await emptyStore(open)
        for (const index of upTo(30)) await store.create(aService(`s${index}`))
        const seen: string[] = []
        let cursor: string | undefined
        let round = 0
        do {
          const page = await store.list({ kind: 'service', workspace: 'main', limit: 4, order, cursor })
          expect(page.items.length).toBeLessThanOrEqual(4)
          seen.push(...page.items.map(({ name }) => name))
          cursor = page.next
          round += 1
          await store.create(aService(`new${round}`))
          // Removes rows before, at and behind the cursor; s1, s4, s7 … stay.
          for (const gone of [round * 3 - 1, round * 3]) {
            if (gone <= 30) await store.remove(service(`s${gone}`))
          }
        } while (cursor !== undefined && round < 30)
        const staying = upTo(30).filter((index) => index % 3 === 1)
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen).toEqual(expect.arrayContaining(staying.map((index) => `s${index}`)))
      },
    )

    test('the last page has no next, also when it is full', async () => {
      const store = await emptyStore(open)
      for (const index of upTo(4)) await store.create(aService(`s${index}`))
      const first = await store.list({ kind: 'service', limit: 2, order: 'newest' })
      const second = await store.list({ kind: 'service', limit: 2, order: 'newest', cursor: first.next })
      expect(second.items.map(({ name }) => name)).toEqual(['s2', 's1'])
      expect(second.next).toBeUndefined()
    })

    test('a cursor that was not given by the same list is refused', async () => {
      const store = await emptyStore(open)
      for (const index of upTo(3)) await store.create(aService(`s${index}`))
      const list = { kind: 'service', limit: 1, order: 'newest' } as const
      const { next = '' } = await store.list(list)
      const bad = { code: 'bad-request' }
      for (const cursor of ['', 'x', next.slice(1), `${next}AA`, Buffer.from('1.x').toString('base64url')]) {
        await expect(store.list({ ...list, cursor })).rejects.toMatchObject(bad)
      }
      await expect(store.list({ ...list, order: 'oldest', cursor: next })).rejects.toMatchObject(bad)
      await expect(store.list({ ...list, workspace: 'main', cursor: next })).rejects.toMatchObject(bad)
      expect((await store.list({ ...list, limit: 5, cursor: next })).items).toHaveLength(2)
    })

    test('a name lists its versions, latest only the highest of each name', async () => {
      const store = await emptyStore(open)
      for (const name of ['m', 'n', 'm', 'm', 'n']) await store.createVersion(aModel(name))
      expect(await versions(store, { name: 'm' })).toEqual(['m:3', 'm:2', 'm:1'])
      expect(await versions(store, { latest: true })).toEqual(['n:2', 'm:3'])
      expect(await versions(store, { latest: true, name: 'm' })).toEqual(['m:3'])
      await store.remove(model('m', 3))
      await store.remove(model('n', 1))
      expect(await versions(store, { latest: true })).toEqual(['n:2', 'm:2'])
    })

    test('filters by tag and property take a key or a key with its value, and all must match', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('a', { tags: { team: 'x', stage: 'dev' }, properties: { run: '1' } }))
      await store.createVersion(aModel('b', { tags: { team: 'y' }, properties: { team: 'x' } }))
      await store.createVersion(aModel('c', { tags: { team: 'x=1', empty: '' } }))
      expect(await versions(store, { tags: ['team'] })).toEqual(['c:1', 'b:1', 'a:1'])
      expect(await versions(store, { tags: ['team=x'] })).toEqual(['a:1'])
      expect(await versions(store, { tags: ['team=x=1'] })).toEqual(['c:1'])
      expect(await versions(store, { tags: ['empty='] })).toEqual(['c:1'])
      expect(await versions(store, { tags: ['team', 'stage=dev'] })).toEqual(['a:1'])
      expect(await versions(store, { tags: ['team'], properties: ['team=x'] })).toEqual(['b:1'])
      expect(await versions(store, { tags: ['x'] })).toEqual([])
      expect(await versions(store, { tags: ['team=x'], workspace: undefined })).toEqual(['a:1'])
      expect(await versions(store, { tags: ['team=x'], workspace: 'other' })).toEqual([])
    })

    test('filters follow changed tags', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m', { tags: { team: 'x', old: '1' } }))
      await store.update(model('m', 1), () => ({ tags: { team: 'y', new: 'ü'.repeat(4000) } }))
      expect(await versions(store, { tags: ['team=x'] })).toEqual([])
      expect(await versions(store, { tags: ['old'] })).toEqual([])
      expect(await versions(store, { tags: ['team=y', `new=${'ü'.repeat(4000)}`] })).toEqual(['m:1'])
      await store.remove(model('m', 1))
      expect(await versions(store, { tags: ['team=y'] })).toEqual([])
    })

    test('indexed fields filter exactly, with latest and pages', async () => {
      const store = await emptyStore(open)
      for (const framework of ['onnx', 'sklearn', 'onnx', 'onnx']) {
        await store.createVersion(aModel('m', { indexed: { framework } }))
      }
      await store.createVersion(aModel('n', { indexed: { framework: 'onnx' } }))
      const where = { framework: 'onnx' }
      expect(await versions(store, { where })).toEqual(['n:1', 'm:4', 'm:3', 'm:1'])
      expect(await versions(store, { where, latest: true })).toEqual(['n:1', 'm:4'])
      expect(await versions(store, { where, name: 'm', order: 'oldest' })).toEqual(['m:1', 'm:3', 'm:4'])
      const page = await store.list({ kind: 'model', limit: 3, order: 'newest', where })
      const rest = await store.list({ kind: 'model', limit: 3, order: 'newest', where, cursor: page.next })
      expect(rest.items.map(({ version }) => version)).toEqual([1])
    })
  })
}

async function names(store: ResourceStore, options: Partial<ListOptions>): Promise<string[]> {
  const list = { kind: 'service', workspace: 'main', limit: 100, order: 'newest' } as const
  return (await store.list({ ...list, ...options })).items.map(({ name }) => name)
}

async function versions(store: ResourceStore, options: Partial<ListOptions>): Promise<string[]> {
  const list = { kind: 'model', workspace: 'main', limit: 100, order: 'newest' } as const
  const { items } = await store.list({ ...list, ...options })
  return items.map(({ name, version }) => `${name}:${version}`)
}
