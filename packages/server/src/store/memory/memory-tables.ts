/** The tables as maps, with an undo list that makes transactions whole. */
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

export class MemoryTables implements WriteTables {
  /** In order of creation. */
  readonly #rows = new Map<number, ResourceRow>()
  readonly #ids = new Map<string, number>()
  readonly #uses = new Map<number, readonly number[]>()
  readonly #terms = new Map<number, ReadonlySet<string>>()
  readonly #versions = new Map<string, number>()
  readonly #changes = new Map<number, ChangeRow>()
  readonly #notes = new Map<string, Note>()
  #revision = 0
  #undo: (() => void)[] = []

  commit(): void {
    this.#undo = []
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  async find(key: ResourceKey): Promise<ResourceRow | undefined> {
    const id = this.#ids.get(textOf(key))
    return id === undefined ? undefined : this.#rows.get(id)
  }

  async latest(key: NameKey): Promise<ResourceRow | undefined> {
    const named = [...this.#rows.values()].filter((row) => isNamed(row, key))
    return named.reduce<ResourceRow | undefined>(
      (best, row) => (best === undefined || row.version > best.version ? row : best),
      undefined,
    )
  }

  async list(query: ListQuery): Promise<ResourceRow[]> {
    const rows = [...this.#rows.values()].filter((row) => this.#matches(row, query))
    if (query.order === 'newest') rows.reverse()
    return rows.slice(0, query.limit)
  }

  async users(id: number, limit: number): Promise<ResourceRow[]> {
    return [...this.#rows.values()].filter((row) => this.#uses.get(row.id)?.includes(id)).slice(0, limit)
  }

  async revision(): Promise<number> {
    return this.#revision
  }

  async changes({ after, upTo, kinds, workspace, limit }: ChangeQuery): Promise<ChangeRow[]> {
    const found: ChangeRow[] = []
    for (let revision = after + 1; revision <= upTo && found.length < limit; revision += 1) {
      const change = this.#changes.get(revision)
      if (change === undefined) continue
      const wanted =
        kinds?.includes(change.kind) !== false && (workspace ?? change.workspace) === change.workspace
      if (wanted) found.push(change)
    }
    return found
  }

  async firstChange(): Promise<number | undefined> {
    return this.#changes.keys().next().value
  }

  async nextRevision(): Promise<number> {
    this.#revision += 1
    this.#undo.push(() => (this.#revision -= 1))
    return this.#revision
  }

  async nextVersion(key: NameKey): Promise<number> {
    const version = (this.#versions.get(textOf(key)) ?? 0) + 1
    this.#set(this.#versions, textOf(key), version)
    return version
  }

  async insert(row: ResourceRow): Promise<void> {
    this.#set(this.#rows, row.id, row)
    this.#set(this.#ids, textOfRow(row), row.id)
  }

  async replace(row: ResourceRow): Promise<void> {
    this.#set(this.#rows, row.id, row)
  }

  async markLatest(id: number, latest: number): Promise<void> {
    const row = this.#rows.get(id)
    if (row) this.#set(this.#rows, id, { ...row, latest })
  }

  async delete(id: number): Promise<void> {
    const row = this.#rows.get(id)
    if (row === undefined) return
    // Put back by rebuilding the map, because a map keeps the order in which keys were added.
    const before = [...this.#rows]
    this.#undo.push(() => {
      this.#rows.clear()
      for (const [key, value] of before) this.#rows.set(key, value)
    })
    this.#rows.delete(id)
    this.#set(this.#ids, textOfRow(row), undefined)
    this.#set(this.#uses, id, undefined)
    this.#set(this.#terms, id, undefined)
  }

  async replaceUses(id: number, usedIds: readonly number[]): Promise<void> {
    this.#set(this.#uses, id, usedIds)
  }

  async addTerms(row: ResourceRow, terms: readonly string[]): Promise<void> {
    this.#set(this.#terms, row.id, new Set([...(this.#terms.get(row.id) ?? []), ...terms]))
  }

  async dropTerms(row: ResourceRow, terms: readonly string[]): Promise<void> {
    this.#set(this.#terms, row.id, (this.#terms.get(row.id) ?? new Set()).difference(new Set(terms)))
  }

  async appendChange(change: ChangeRow): Promise<void> {
    this.#set(this.#changes, change.revision, change)
  }

  async dropChanges(upTo: number): Promise<void> {
    const before = [...this.#changes]
    this.#undo.push(() => {
      this.#changes.clear()
      for (const [revision, change] of before) this.#changes.set(revision, change)
    })
    for (const revision of this.#changes.keys()) {
      if (revision > upTo) return
      this.#changes.delete(revision)
    }
  }

  async remember(note: Note): Promise<void> {
    this.#set(this.#notes, JSON.stringify([note.workspace, note.idempotencyKey]), note)
  }

  async recall(workspace: string, idempotencyKey: string): Promise<Note | undefined> {
    return this.#notes.get(JSON.stringify([workspace, idempotencyKey]))
  }

  async dropNotes(before: string): Promise<void> {
    for (const [key, note] of this.#notes) {
      if (note.notedAt < before) this.#set(this.#notes, key, undefined)
    }
  }

  #matches(row: ResourceRow, query: ListQuery): boolean {
    const { kind, workspace = row.workspace, name = row.name } = query
    const terms = this.#terms.get(row.id)
    const named = row.kind === kind && row.workspace === workspace && row.name === name
    const shown = !query.latestOnly || row.latest === 1
    return named && shown && isAhead(row, query) && query.terms.every((term) => terms?.has(term))
  }

  /** Sets or, for undefined, deletes; and notes how to undo it. */
  #set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
    const before = map.get(key)
    this.#undo.push(() => put(map, key, before))
    put(map, key, value)
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

function isAhead({ id }: ResourceRow, { after, order }: ListQuery): boolean {
  return after === undefined || (order === 'newest' ? id < after : id > after)
}

function isNamed(row: ResourceRow, key: NameKey): boolean {
  return row.kind === key.kind && row.workspace === key.workspace && row.name === key.name
}

function textOf({ kind, workspace, name, version = 0 }: ResourceKey): string {
  return JSON.stringify([kind, workspace, name, version])
}

function textOfRow({ kind, workspace, name, version }: ResourceRow): string {
  return JSON.stringify([kind, workspace, name, version])
}
