/** A process that writes services and says on stdout which ones were acknowledged, until it is killed. */
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

const [kind, place = ''] = process.argv.slice(2)
const store = kind === 'postgres' ? await openPostgresStore({ url: place }) : await openSqliteStore(place)
for (let index = 1; ; index += 1) {
  const draft = { workspace: 'main', spec: { index }, status: {} }
  const name = `s${index}`
  await store.create({ ...draft, kind: 'service', name, tags: { index: name } })
  await store.createVersion({
    ...draft,
    kind: 'model',
    name: 'm',
    uses: [{ kind: 'service', workspace: 'main', name }],
  })
  process.stdout.write(`${index}\n`)
}
