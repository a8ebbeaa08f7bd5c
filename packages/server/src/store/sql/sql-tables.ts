/** The tables in SQL, the same for every engine that Kysely speaks. */
import { sql, type ExpressionBuilder, type Kysely } from 'kysely'
import type { ResourceKey } from '../resource-store.ts'
import type {
  ChangeQuery,
  ChangeRow,
  ListQuery,
  NameKey,
  Note,
  ResourceRow,
  WriteTables,
} from '../resource-tables.ts'
import { listRows } from './list-rows.ts'
import type { Schema } from './schema.ts'

export class SqlTables implements WriteTables {
  readonly #database: Kysely<Schema>

  constructor(database: Kysely<Schema>) {
    this.#database = database
  }

  find({ kind, workspace, name, version = 0 }: ResourceKey): Promise<ResourceRow | undefined> {
    const rows = this.#database.selectFrom('resources').selectAll()
    return rows.where(named({ kind, workspace, name })).where('version', '=', version).executeTakeFirst()
  }

  latest(key: NameKey): Promise<ResourceRow | undefined> {
    const rows = this.#database.selectFrom('resources').selectAll().where(named(key))
    return rows.orderBy('version', 'desc').limit(1).executeTakeFirst()
  }

  list(query: ListQuery): Promise<ResourceRow[]> {
    return listRows(this.#database, query)
  }

  users(id: number, limit: number): Promise<ResourceRow[]> {
    return this.#database
      .selectFrom('uses')
      .innerJoin('resources', 'resources.id', 'uses.userId')
      .selectAll('resources')
      .where('uses.usedId', '=', id)
      .orderBy('uses.userId')
      .limit(limit)
      .execute()
  }

  async revision(): Promise<number> {
    const row = await this.#database.selectFrom('revisions').select('last').executeTakeFirstOrThrow()
    return row.last
  }

  changes({ after, upTo, kinds, workspace, limit }: ChangeQuery): Promise<ChangeRow[]> {
    let rows = this.#database.selectFrom('changes').selectAll()
    rows = rows.where('revision', '>', after).where('revision', '<=', upTo)
    if (kinds) rows = rows.where('kind', 'in', kinds)
    if (workspace !== undefined) rows = rows.where('workspace', '=', workspace)
    return rows.orderBy('revision').limit(limit).execute()
  }

  async firstChange(): Promise<number | undefined> {
    const rows = this.#database.selectFrom('changes').select('revision')
    return (await rows.orderBy('revision').limit(1).executeTakeFirst())?.revision
  }

  async nextRevision(): Promise<number> {
    const update = this.#database.updateTable('revisions').set({ last: sql`last + 1` })
    return (await update.returning('last').executeTakeFirstOrThrow()).last
  }

  async nextVersion(key: NameKey): Promise<number> {
    const row = await this.#database
      .insertInto('versions')
      .values({ ...key, last: 1 })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'workspace', 'name']).doUpdateSet({ last: sql`versions.last + 1` }),
      )
      .returning('last')
      .executeTakeFirstOrThrow()
    return row.last
  }

  async insert(row: ResourceRow): Promise<void> {
    await this.#database.insertInto('resources').values(row).execute()
  }

  async replace({ id, ...row }: ResourceRow): Promise<void> {
    const { about, spec, status, generation, revision, updatedAt } = row
    const changed = { about, spec, status, generation, revision, updatedAt }
    await this.#database.updateTable('resources').set(changed).where('id', '=', id).execute()
  }

  async markLatest(id: number, latest: number): Promise<void> {
    await this.#database.updateTable('resources').set({ latest }).where('id', '=', id).execute()
  }

  async delete(id: number): Promise<void> {
    await this.#database.deleteFrom('resources').where('id', '=', id).execute()
  }

  async replaceUses(id: number, usedIds: readonly number[]): Promise<void> {
    await this.#database.deleteFrom('uses').where('userId', '=', id).execute()
    if (usedIds.length === 0) return
    const rows = usedIds.map((usedId) => ({ userId: id, usedId }))
    await this.#database.insertInto('uses').values(rows).execute()
  }

  async addTerms({ id, workspace }: ResourceRow, terms: readonly string[]): Promise<void> {
    for (const batch of batches(terms)) {
      const rows = batch.map((term) => ({ term, workspace, id }))
      await this.#database.insertInto('terms').values(rows).execute()
    }
  }

  async dropTerms({ id, workspace }: ResourceRow, terms: readonly string[]): Promise<void> {
    for (const batch of batches(terms)) {
      const rows = this.#database.deleteFrom('terms').where('term', 'in', batch)
      await rows.where('workspace', '=', workspace).where('id', '=', id).execute()
    }
  }

  async appendChange(change: ChangeRow): Promise<void> {
    await this.#database.insertInto('changes').values(change).execute()
  }

  async dropChanges(upTo: number): Promise<void> {
    await this.#database.deleteFrom('changes').where('revision', '<=', upTo).execute()
  }

  async remember(note: Note): Promise<void> {
    const { requestHash, resource, notedAt } = note
    await this.#database
      .insertInto('notes')
      .values(note)
      .onConflict((conflict) =>
        conflict.columns(['workspace', 'idempotencyKey']).doUpdateSet({ requestHash, resource, notedAt }),
      )
      .execute()
  }

  recall(workspace: string, idempotencyKey: string): Promise<Note | undefined> {
    const notes = this.#database.selectFrom('notes').selectAll().where('workspace', '=', workspace)
    return notes.where('idempotencyKey', '=', idempotencyKey).executeTakeFirst()
  }

  async dropNotes(before: string): Promise<void> {
    await this.#database.deleteFrom('notes').where('notedAt', '<', before).execute()
  }
}

function named({ kind, workspace, name }: NameKey) {
  return (row: ExpressionBuilder<Schema, 'resources'>) => row.and({ kind, workspace, name })
}

/** Engines limit the parameters of one statement. */
function batches(terms: readonly string[]): string[][] {
  const size = 500
  const count = Math.ceil(terms.length / size)
  return Array.from({ length: count }, (_, index) => terms.slice(index * size, (index + 1) * size))
}
