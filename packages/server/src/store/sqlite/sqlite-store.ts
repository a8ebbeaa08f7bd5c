/** A ResourceStore in one SQLite file: the default, for one server on one machine. */
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Pulse } from '../pulse.ts'
import type { ResourceStore, StoreOptions } from '../resource-store.ts'
import type { ResourceDatabase } from '../resource-tables.ts'
import { migrate, type SqlDialectTypes } from '../sql/migrations.ts'
import type { Schema } from '../sql/schema.ts'
import { SqlTables } from '../sql/sql-tables.ts'
import { TableStore } from '../table-store.ts'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'

const types: SqlDialectTypes = { integer: 'integer', json: 'text', clustered: 'without rowid' }

/** Opens or creates the file, with its folder there already. Errors: `unsupported` for a file of a newer Slipway. */
export async function openSqliteStore(path: string, options: StoreOptions = {}): Promise<ResourceStore> {
  const writer = new Kysely<Schema>({ dialect: nodeSqliteDialect(openFile(path)) })
  try {
    await writer.transaction().execute((transaction) => migrate(transaction, types))
  } catch (error) {
    await writer.destroy()
    throw error
  }
  // Its own connection, so that reads see committed writes only and wait for no transaction.
  const reader = new Kysely<Schema>({ dialect: nodeSqliteDialect(openFile(path, 'pragma query_only = on')) })
  return new TableStore(sqliteDatabase(writer, reader), new Pulse(), options)
}

/** A commit returns once it is on disk (`synchronous = full`), so that an acknowledged write survives power loss. */
function openFile(path: string, pragma = ''): DatabaseSync {
  const file = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5_000 })
  file.exec(`pragma journal_mode = wal; pragma synchronous = full; ${pragma}`)
  return file
}

function sqliteDatabase(writer: Kysely<Schema>, reader: Kysely<Schema>): ResourceDatabase {
  const readTables = new SqlTables(reader)
  return {
    read: (work) => work(readTables),
    write: (work) => writer.transaction().execute((transaction) => work(new SqlTables(transaction))),
    close: async () => {
      await reader.destroy()
      await writer.destroy()
    },
  }
}
