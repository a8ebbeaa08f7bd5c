/** The verbs that read, on the tables of any database. */
import { ApiError } from '@slipway/contract'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { wantedTerms } from './index-terms.ts'
import type {
  ListOptions,
  Page,
  Resource,
  ResourceEvent,
  ResourceKey,
  ResourceReader,
} from './resource-store.ts'
import { keyOf } from './resource-store.ts'
import { describeKey, keyOfRow, resourceOf } from './resource-rows.ts'
import type { ChangeRow, NameKey, ReadTables, ResourceRow } from './resource-tables.ts'

const maxUsers = 100

export class TableReader implements ResourceReader {
  readonly #tables: ReadTables

  constructor(tables: ReadTables) {
    this.#tables = tables
  }

  async get<Spec, Status>(key: ResourceKey): Promise<Resource<Spec, Status>> {
    return resourceOf(await existingRow(this.#tables, key))
  }

  async find<Spec, Status>(key: ResourceKey): Promise<Resource<Spec, Status> | undefined> {
    const row = await this.#tables.find(key)
    return row && resourceOf(row)
  }

  async latest<Spec, Status>(key: NameKey): Promise<Resource<Spec, Status>> {
    const row = await this.#tables.latest(key)
    if (row === undefined) throw notFound(key)
    return resourceOf(row)
  }

  async list<Spec, Status>(options: ListOptions): Promise<Page<Spec, Status>> {
    const after = decodeCursor(options)
    const { kind, workspace, name, order, limit, latest = false } = options
    const query = { kind, workspace, name, order, after, latestOnly: latest, terms: wantedTerms(options) }
    const rows = await this.#tables.list({ ...query, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    const items = shown.map((row) => resourceOf<Spec, Status>(row))
    return rows.length > limit && last ? { items, next: encodeCursor(options, last.id) } : { items }
  }

  async users(key: ResourceKey): Promise<ResourceKey[]> {
    const row = await this.#tables.find(key)
    return row ? usersOf(this.#tables, row) : []
  }
}

export async function usersOf(tables: ReadTables, row: ResourceRow): Promise<ResourceKey[]> {
  const rows = await tables.users(row.id, maxUsers)
  return rows.map(keyOfRow)
}

/** Errors: `not-found`. */
export async function existingRow(tables: ReadTables, key: ResourceKey): Promise<ResourceRow> {
  const row = await tables.find(key)
  if (row === undefined) throw notFound(key)
  return row
}

export function eventOf({ revision, type, document }: ChangeRow): ResourceEvent {
  const resource = JSON.parse(document) as Resource
  return { revision, type, key: keyOf(resource), resource }
}

function notFound(key: ResourceKey): ApiError {
  return new ApiError('not-found', `there is no ${describeKey(key)}`)
}
