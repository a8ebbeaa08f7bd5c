/** The few table operations a database has to offer; the rules on top of them are in resource-transaction.ts. */
import type { Remembered, ResourceEvent, ResourceKey } from './resource-store.ts'

/** A resource as it is stored; documents are JSON text. */
export interface ResourceRow {
  /** The revision that created it: orders resources by creation. */
  id: number
  uid: string
  kind: string
  workspace: string
  name: string
  /** 0 for kinds without versions. */
  version: number
  /** 1 for the highest version of its name that exists, and for kinds without versions. */
  latest: number
  generation: number
  revision: number
  createdAt: string
  updatedAt: string
  /** What a person said, and the indexed fields. */
  about: string
  spec: string
  status: string
}

export interface About {
  description?: string | undefined
  tags: Record<string, string>
  properties: Record<string, string>
  indexed: Record<string, string>
}

export interface ListQuery {
  kind: string
  workspace: string | undefined
  name: string | undefined
  latestOnly: boolean
  /** Index terms (see index-terms.ts) that must all be there. */
  terms: readonly string[]
  order: 'newest' | 'oldest'
  /** Id of the last row of the page before. */
  after: number | undefined
  limit: number
}

export interface ChangeRow {
  revision: number
  type: ResourceEvent['type']
  kind: string
  workspace: string
  /** The whole resource, as JSON. */
  document: string
}

export interface ChangeQuery {
  after: number
  upTo: number
  kinds: readonly string[] | undefined
  workspace: string | undefined
  limit: number
}

export type NameKey = Omit<ResourceKey, 'version'>

export interface ReadTables {
  find: (key: ResourceKey) => Promise<ResourceRow | undefined>
  /** The row of the highest version. */
  latest: (key: NameKey) => Promise<ResourceRow | undefined>
  list: (query: ListQuery) => Promise<ResourceRow[]>
  /** Rows that use a row, oldest first. */
  users: (id: number, limit: number) => Promise<ResourceRow[]>
  revision: () => Promise<number>
  changes: (query: ChangeQuery) => Promise<ChangeRow[]>
  /** The oldest change that is kept. */
  firstChange: () => Promise<number | undefined>
}

export interface WriteTables extends ReadTables {
  nextRevision: () => Promise<number>
  nextVersion: (key: NameKey) => Promise<number>
  insert: (row: ResourceRow) => Promise<void>
  replace: (row: ResourceRow) => Promise<void>
  markLatest: (id: number, latest: number) => Promise<void>
  /** Also forgets what the row uses. */
  delete: (id: number) => Promise<void>
  replaceUses: (id: number, usedIds: readonly number[]) => Promise<void>
  addTerms: (row: ResourceRow, terms: readonly string[]) => Promise<void>
  dropTerms: (row: ResourceRow, terms: readonly string[]) => Promise<void>
  appendChange: (change: ChangeRow) => Promise<void>
  dropChanges: (upTo: number) => Promise<void>
  remember: (note: Note) => Promise<void>
  recall: (workspace: string, idempotencyKey: string) => Promise<Note | undefined>
  dropNotes: (before: string) => Promise<void>
}

/** One used idempotency key. */
export interface Note {
  workspace: string
  idempotencyKey: string
  requestHash: Remembered['requestHash']
  /** The key of the resource, as JSON. */
  resource: string
  notedAt: string
}

/** A database: how tables are reached, and what makes a transaction. */
export interface ResourceDatabase {
  /** Sees committed writes only. */
  read: <T>(work: (tables: ReadTables) => Promise<T>) => Promise<T>
  /** One at a time, all or nothing; may run the work again. */
  write: <T>(work: (tables: WriteTables) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}
