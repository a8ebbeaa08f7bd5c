/** A ResourceStore in PostgreSQL: for more than one server. */
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool, TypeOverrides } from 'pg'
import { Pulse } from '../pulse.ts'
import type { ResourceStore, StoreOptions } from '../resource-store.ts'
import type { ResourceDatabase, WriteTables } from '../resource-tables.ts'
import { migrate, type SqlDialectTypes } from '../sql/migrations.ts'
import type { Schema } from '../sql/schema.ts'
import { SqlTables } from '../sql/sql-tables.ts'
import { TableStore } from '../table-store.ts'
import { listenForChanges } from './change-listener.ts'

export interface PostgresOptions extends StoreOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string
  /** Most connections of this server; default 10. */
  maxConnections?: number
}

/** `json`, not `jsonb`, which refuses some strings that JSON can hold. */
const types: SqlDialectTypes = { integer: 'bigint', json: 'json', clustered: '' }

/** Any number, the same for all servers: who holds it migrates. */
const migrationLock = 7_360_419

/** A transaction whose server has stopped talking is undone after this. */
const idleTransactionMs = 60_000

const connectTimeoutMs = 10_000

/** Connects and brings the schema up to date. Errors: `unsupported` for a schema of a newer Slipway. */
export async function openPostgresStore({
  url,
  maxConnections = 10,
  ...options
}: PostgresOptions): Promise<ResourceStore> {
  const pool = openPool(url, maxConnections)
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    await kysely.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction)
      await migrate(transaction, types)
    })
  } catch (error) {
    await kysely.destroy()
    throw error
  }
  const pulse = new Pulse()
  const listener = listenForChanges(url, pulse)
  return new TableStore(postgresDatabase(kysely, listener.close), pulse, options)
}

function openPool(url: string, max: number): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idle_in_transaction_session_timeout: idleTransactionMs,
    application_name: 'slipway',
    types: plainTypes(),
  })
  // A connection that breaks while idle is replaced by the pool; the listener is only there so that it is no crash.
  pool.on('error', () => undefined)
  return pool
}

/** Numbers for 64-bit integers (revisions stay far below 2^53), and text for JSON, as SQLite gives them. */
function plainTypes(): TypeOverrides {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(20, Number)
  overrides.setTypeParser(114, (text) => text)
  return overrides
}

function postgresDatabase(kysely: Kysely<Schema>, stopListening: () => Promise<void>): ResourceDatabase {
  const readTables = new SqlTables(kysely)
  return {
    read: (work) => work(readTables),
    write: (work) => retried(() => writeOnce(kysely, work)),
    close: async () => {
      await stopListening()
      await kysely.destroy()
    },
  }
}

/**
 * Locks the revision row first. So writers of all servers go one after the other, and revisions become visible in the order of
 * their numbers: a watch that has seen one has seen all below.
 */
function writeOnce<T>(kysely: Kysely<Schema>, work: (tables: WriteTables) => Promise<T>): Promise<T> {
  return kysely.transaction().execute(async (transaction) => {
    const lock = transaction.selectFrom('revisions').select('last').forUpdate()
    const { last: before } = await lock.executeTakeFirstOrThrow()
    const tables = new SqlTables(transaction)
    const result = await work(tables)
    if ((await tables.revision()) !== before)
      await sql`select pg_notify('slipway_changes', '')`.execute(transaction)
    return result
  })
}

/** Serialization failure, and deadlock. */
const retriedCodes: readonly unknown[] = ['40001', '40P01']
const maxAttempts = 5

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt === maxAttempts || !retriedCodes.includes((error as { code?: unknown }).code)) throw error
    }
  }
}
