/** The SQLite store keeps every promise of a resource store, in a file that outlives it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resourceStoreConformance } from '../../src/store/resource-store-conformance.ts'
import { aModel, aService, model, service } from '../../src/store/conformance/open-store.ts'
import { expectWhole, killWriter } from './killed-writer.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

let folder = ''
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-store-'))
})
afterAll(() => rm(folder, { recursive: true }))

function newPath(): string {
  count += 1
  return join(folder, `${count}.db`)
}

resourceStoreConformance((options) => openSqliteStore(newPath(), options))

describe('the SQLite file', () => {
  test('keeps everything when it is opened again', async () => {
    const path = newPath()
    const first = await openSqliteStore(path)
    await first.createVersion(aModel('m'))
    const written = await first.create(aService('echo', { uses: [model('m', 1)], tags: { a: 'b' } }))
    await first.close()

    const second = await openSqliteStore(path)
    expect(await second.get(service('echo'))).toEqual(written)
    expect(await second.users(model('m', 1))).toEqual([service('echo')])
    expect(await second.createVersion(aModel('m'))).toMatchObject({ version: 2, metadata: { revision: 3 } })
    await second.close()
  })

  test('is refused when a newer Slipway wrote it', async () => {
    const path = newPath()
    await (await openSqliteStore(path)).close()
    const file = new DatabaseSync(path)
    file.exec('update migrated set version = 99')
    file.close()
    await expect(openSqliteStore(path)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/written by a newer Slipway \(schema 99\)/) as string,
    })
  })

  test('has every acknowledged write after its writer was killed', async () => {
    const path = newPath()
    const acknowledged = await killWriter('sqlite', path)
    const store = await openSqliteStore(path)
    await expect(expectWhole(store, acknowledged)).resolves.toBeUndefined()
    await store.close()
  })
})
