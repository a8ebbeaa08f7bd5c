/** Version numbers. */
import { describe, expect, test } from 'vitest'
import { aModel, emptyStore, model, upTo, type OpenStore } from './open-store.ts'

export function versionRules(open: OpenStore): void {
  describe('versions', () => {
    test('50 concurrent registrations get the versions 1 to 50', async () => {
      const store = await emptyStore(open)
      const made = await Promise.all(upTo(50).map((spec) => store.createVersion(aModel('m', { spec }))))
      expect(made.map(({ version }) => version).sort((a = 0, b = 0) => a - b)).toEqual(upTo(50))
      for (const { version = 0, spec } of made) expect((await store.get(model('m', version))).spec).toBe(spec)
    })

    test('each name of each workspace counts by itself', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m'))
      const others = [aModel('n'), aModel('m', { workspace: 'other' }), aModel('m', { kind: 'image' })]
      for (const draft of others) expect(await store.createVersion(draft)).toMatchObject({ version: 1 })
    })

    test('a version is never given again, even after its removal', async () => {
      const store = await emptyStore(open)
      for (const _ of upTo(3)) await store.createVersion(aModel('m'))
      for (const version of [3, 2, 1]) await store.remove(model('m', version))
      expect(await store.createVersion(aModel('m'))).toMatchObject({ version: 4 })
    })

    test('a registration that fails leaves no gap', async () => {
      const store = await emptyStore(open)
      await store.createVersion(aModel('m'))
      await expect(store.createVersion(aModel('m', { uses: [model('absent', 1)] }))).rejects.toMatchObject({
        code: 'invalid',
      })
      expect(await store.createVersion(aModel('m'))).toMatchObject({ version: 2 })
    })

    test('the document may be built from the version', async () => {
      const store = await emptyStore(open)
      const build = (version: number) => ({ spec: { id: `m:${version}` }, status: version })
      const draft = { kind: 'model', workspace: 'main', name: 'm', build }
      await store.createVersion(draft)
      expect(await store.createVersion(draft)).toMatchObject({ spec: { id: 'm:2' }, status: 2 })
    })

    test('latest is the highest version that exists, not the last written', async () => {
      const store = await emptyStore(open)
      const name = { kind: 'model', workspace: 'main', name: 'm' }
      await expect(store.latest(name)).rejects.toMatchObject({ code: 'not-found' })
      for (const _ of upTo(12)) await store.createVersion(aModel('m'))
      await store.update(model('m', 3), () => ({ status: 'touched' }))
      expect(await store.latest(name)).toMatchObject({ version: 12 })
      await store.remove(model('m', 12))
      expect(await store.latest(name)).toMatchObject({ version: 11 })
    })
  })
}
