/** The PostgreSQL store keeps every promise of a resource store, on a real server. */
import { Client } from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../../../test/support/postgres.ts'
import { aService, service } from '../../src/store/conformance/open-store.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { resourceStoreConformance } from '../../src/store/resource-store-conformance.ts'
import { expectWhole, killWriter } from './killed-writer.ts'

const postgres = await startPostgres()

const skipped = 'skipped' in postgres ? `: ${postgres.skipped}` : ''

describe.skipIf(skipped)(`the PostgreSQL store${skipped}`, () => {
  afterAll(() => ('stop' in postgres ? postgres.stop() : undefined))

  resourceStoreConformance(async (options) => openPostgresStore({ ...options, url: await newDatabase() }))

  describe('the PostgreSQL database', () => {
    test('has every acknowledged write after its writer was killed', async () => {
      const url = await newDatabase()
      const acknowledged = await killWriter('postgres', url)
      const store = await openPostgresStore({ url })
      await expect(expectWhole(store, acknowledged)).resolves.toBeUndefined()
      await store.close()
    })

    test('is shared by servers, which see each other’s changes at once', async () => {
      const url = await newDatabase()
      const [one, two] = await Promise.all([openPostgresStore({ url }), openPostgresStore({ url })])
      const seen: string[] = []
      const abort = new AbortController()
      const watching = (async () => {
        for await (const event of two.watch({ afterRevision: 0 }, abort.signal)) {
          seen.push(event.key.name)
          if (seen.length === 100) abort.abort()
        }
      })()
      const names = Array.from({ length: 100 }, (_, index) => `s${index}`)
      await Promise.all(names.map((name, index) => (index % 2 ? one : two).create(aService(name))))
      await watching
      expect(seen.sort()).toEqual(names.sort())
      await Promise.all([one.close(), two.close()])
    })

    test('tells of changes again after its connections were cut', async () => {
      const url = await newDatabase()
      const store = await openPostgresStore({ url })
      const abort = new AbortController()
      const events = store.watch({ afterRevision: 0 }, abort.signal)[Symbol.asyncIterator]()
      await store.create(aService('before'))
      expect((await events.next()).value).toMatchObject({ key: service('before') })
      const admin = new Client({ connectionString: url })
      await admin.connect()
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
      await admin.end()
      const next = events.next()
      await expect
        .poll(() =>
          store.create(aService('after')).then(
            () => true,
            (error: { code?: string }) => error.code === 'conflict',
          ),
        )
        .toBe(true)
      expect((await next).value).toMatchObject({ key: service('after') })
      abort.abort()
      await store.close()
    })

    test('is refused when a newer Slipway wrote it', async () => {
      const url = await newDatabase()
      await (await openPostgresStore({ url })).close()
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query('update migrated set version = 99')
      await client.end()
      await expect(openPostgresStore({ url })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('newer Slipway (schema 99)') as string,
      })
    })
  })
})

function newDatabase(): Promise<string> {
  if ('skipped' in postgres) throw new Error(postgres.skipped)
  return postgres.newDatabase()
}
