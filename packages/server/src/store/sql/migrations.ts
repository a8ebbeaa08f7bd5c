/** The schema, as steps from one version to the next; a step that was released is never edited. */
import { ApiError } from '@slipway/contract'
import { sql, type Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What differs between the engines. */
export interface SqlDialectTypes {
  /** 64-bit integer. */
  integer: 'integer' | 'bigint'
  /** Holds JSON text, with every string that JSON can hold. */
  json: 'text' | 'json'
  /** Appended to tables that are their own index. */
  clustered: string
}

type Migration = (database: Kysely<Schema>, types: SqlDialectTypes) => Promise<void>

const migrations: readonly Migration[] = [createTables]

/** Brings the schema to this version. Call it in a transaction that keeps other servers out. Errors: `unsupported` for a newer one. */
export async function migrate(database: Kysely<Schema>, types: SqlDialectTypes): Promise<void> {
  const version = await schemaVersion(database)
  if (version > migrations.length) throw newerSchema(version)
  for (const migration of migrations.slice(version)) await migration(database, types)
  await database.updateTable('migrated').set({ version: migrations.length }).execute()
}

async function schemaVersion(database: Kysely<Schema>): Promise<number> {
  await database.schema
    .createTable('migrated')
    .ifNotExists()
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute()
  await database
    .insertInto('migrated')
    .values({ one: 1, version: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { version } = await database.selectFrom('migrated').select('version').executeTakeFirstOrThrow()
  return version
}

function newerSchema(version: number): ApiError {
  return new ApiError(
    'unsupported',
    `the database must have schema ${migrations.length} or older, but was written by a newer Slipway (schema ${version})`,
    { hint: 'Start the newer Slipway, or restore the backup made before it was installed.' },
  )
}

async function createTables(database: Kysely<Schema>, types: SqlDialectTypes): Promise<void> {
  await createResources(database, types)
  await createUses(database, types)
  await createTerms(database, types)
  await createChanges(database, types)
  await createVersions(database, types)
  await createNotes(database, types)
}

async function createResources(database: Kysely<Schema>, { integer, json }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('resources')
    .addColumn('id', integer, (column) => column.primaryKey())
    .addColumn('uid', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('latest', 'integer', (column) => column.notNull())
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('revision', integer, (column) => column.notNull())
    .addColumn('createdAt', 'text', (column) => column.notNull())
    .addColumn('updatedAt', 'text', (column) => column.notNull())
    .addColumn('about', json, (column) => column.notNull())
    .addColumn('spec', json, (column) => column.notNull())
    .addColumn('status', json, (column) => column.notNull())
    .addUniqueConstraint('resources_key', ['kind', 'workspace', 'name', 'version'])
    .execute()
  const index = (name: string) => database.schema.createIndex(name).on('resources')
  await index('resources_of_workspace').columns(['kind', 'workspace', 'id']).execute()
  await index('resources_of_kind').columns(['kind', 'id']).execute()
  await index('resources_of_name').columns(['kind', 'workspace', 'name', 'id']).execute()
  await index('resources_latest')
    .columns(['kind', 'workspace', 'id'])
    .where(sql.ref('latest'), '=', sql.lit(1))
    .execute()
}

async function createUses(database: Kysely<Schema>, { integer, clustered }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('uses')
    .addColumn('userId', integer, (column) => column.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('usedId', integer, (column) => column.notNull().references('resources.id'))
    .addPrimaryKeyConstraint('uses_key', ['userId', 'usedId'])
    .modifyEnd(sql.raw(clustered))
    .execute()
  await database.schema.createIndex('uses_of_used').on('uses').columns(['usedId', 'userId']).execute()
}

async function createTerms(database: Kysely<Schema>, { integer, clustered }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('terms')
    .addColumn('term', 'text', (column) => column.notNull())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('id', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('terms_key', ['term', 'workspace', 'id'])
    .modifyEnd(sql.raw(clustered))
    .execute()
}

async function createChanges(database: Kysely<Schema>, { integer }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('changes')
    .addColumn('revision', integer, (column) => column.primaryKey())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .execute()
  await database.schema
    .createTable('revisions')
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('last', integer, (column) => column.notNull())
    .execute()
  await database.insertInto('revisions').values({ one: 1, last: 0 }).execute()
}

async function createVersions(database: Kysely<Schema>, { clustered }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('versions')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('last', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('versions_key', ['kind', 'workspace', 'name'])
    .modifyEnd(sql.raw(clustered))
    .execute()
}

async function createNotes(database: Kysely<Schema>, { clustered }: SqlDialectTypes): Promise<void> {
  await database.schema
    .createTable('notes')
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('idempotencyKey', 'text', (column) => column.notNull())
    .addColumn('requestHash', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('notedAt', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('notes_key', ['workspace', 'idempotencyKey'])
    .modifyEnd(sql.raw(clustered))
    .execute()
  await database.schema.createIndex('notes_by_time').on('notes').column('notedAt').execute()
}
