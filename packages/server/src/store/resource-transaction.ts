/** The verbs that write: versions, generations, revisions, references and events, on the tables of any database. */
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from '@slipway/contract'
import { termsOf } from './index-terms.ts'
import { existingRow, TableReader, usersOf } from './resource-reader.ts'
import { aboutOf, aboutOfDraft, describeKey, jsonOf, keyOfRow, resourceOf } from './resource-rows.ts'
import type {
  Change,
  Draft,
  Remembered,
  Resource,
  ResourceEvent,
  ResourceKey,
  ResourceTransaction,
  VersionDraft,
  WriteOptions,
} from './resource-store.ts'
import { formatKey } from './resource-store.ts'
import type { About, ResourceRow, WriteTables } from './resource-tables.ts'

const noteLifeMs = 24 * 3_600_000

/** How often changes that nobody resumes from are dropped, in writes. */
const compactEvery = 500

export interface TransactionOptions {
  now: () => Date
  newUid: () => string
  keptChanges: number
}

export class TableTransaction extends TableReader implements ResourceTransaction {
  readonly #tables: WriteTables
  readonly #options: TransactionOptions

  constructor(tables: WriteTables, options: TransactionOptions) {
    super(tables)
    this.#tables = tables
    this.#options = options
  }

  async create<Spec, Status>(draft: Draft): Promise<Resource<Spec, Status>> {
    const { kind, workspace, name } = draft
    const key = { kind, workspace, name }
    if (await this.#tables.find(key)) throw new ApiError('conflict', `${describeKey(key)} exists already`)
    return this.#insert(draft, 0)
  }

  async createVersion<Spec, Status>(draft: VersionDraft): Promise<Resource<Spec, Status>> {
    const { kind, workspace, name } = draft
    const version = await this.#tables.nextVersion({ kind, workspace, name })
    const previous = await this.#tables.latest({ kind, workspace, name })
    if (previous) await this.#tables.markLatest(previous.id, 0)
    const complete = 'build' in draft ? { ...draft, ...draft.build(version) } : draft
    return this.#insert(complete, version)
  }

  async update<Spec, Status>(
    key: ResourceKey,
    change: (current: Resource<Spec, Status>) => Change<Spec, Status> | undefined,
    options: WriteOptions = {},
  ): Promise<Resource<Spec, Status>> {
    const row = await existingRow(this.#tables, key)
    checkRevision(row, options)
    const changed = change(resourceOf(row))
    if (changed === undefined) return resourceOf(row)
    const next = this.#changedRow(row, changed, await this.#tables.nextRevision())
    await this.#tables.replace(next)
    await this.#replaceTerms(row, next)
    if (changed.uses) await this.#tables.replaceUses(row.id, await this.#usedIds(row, changed.uses))
    return this.#record('updated', next)
  }

  async remove<Spec, Status>(key: ResourceKey, options: WriteOptions = {}): Promise<Resource<Spec, Status>> {
    const row = await existingRow(this.#tables, key)
    checkRevision(row, options)
    await this.#checkUnused(row)
    await this.#tables.dropTerms(row, termsOf(row.kind, aboutOf(row)))
    await this.#tables.delete(row.id)
    if (row.latest === 1 && row.version > 0) await this.#promote(row)
    const revision = await this.#tables.nextRevision()
    return this.#record('deleted', { ...row, revision, updatedAt: this.#time() })
  }

  async remember(workspace: string, idempotencyKey: string, used: Remembered): Promise<void> {
    await this.#tables.dropNotes(this.#time(-noteLifeMs))
    const { requestHash, resource } = used
    const note = { workspace, idempotencyKey, requestHash, resource: JSON.stringify(resource) }
    await this.#tables.remember({ ...note, notedAt: this.#time() })
  }

  async recall(workspace: string, idempotencyKey: string): Promise<Remembered | undefined> {
    const note = await this.#tables.recall(workspace, idempotencyKey)
    if (note === undefined || note.notedAt < this.#time(-noteLifeMs)) return undefined
    return { requestHash: note.requestHash, resource: JSON.parse(note.resource) as ResourceKey }
  }

  async #insert<Spec, Status>(draft: Draft, version: number): Promise<Resource<Spec, Status>> {
    const { kind, workspace, name } = draft
    const revision = await this.#tables.nextRevision()
    const time = this.#time()
    const row: ResourceRow = {
      id: revision,
      uid: this.#options.newUid(),
      kind,
      workspace,
      name,
      version,
      latest: 1,
      generation: 1,
      revision,
      createdAt: time,
      updatedAt: time,
      about: jsonOf(aboutOfDraft(draft)),
      spec: jsonOf(draft.spec),
      status: jsonOf(draft.status),
    }
    const used = await this.#usedIds(row, draft.uses ?? [])
    await this.#tables.insert(row)
    await this.#tables.addTerms(row, termsOf(kind, aboutOf(row)))
    await this.#tables.replaceUses(row.id, used)
    return this.#record('created', row)
  }

  #changedRow(row: ResourceRow, change: Change, revision: number): ResourceRow {
    const spec = change.spec === undefined ? row.spec : jsonOf(change.spec)
    const specChanged = spec !== row.spec && !isDeepStrictEqual(JSON.parse(spec), JSON.parse(row.spec))
    return {
      ...row,
      about: changedAbout(row, change),
      spec,
      status: change.status === undefined ? row.status : jsonOf(change.status),
      generation: specChanged ? row.generation + 1 : row.generation,
      revision,
      updatedAt: this.#time(),
    }
  }

  async #replaceTerms(before: ResourceRow, after: ResourceRow): Promise<void> {
    if (before.about === after.about) return
    const old = new Set(termsOf(before.kind, aboutOf(before)))
    const wanted = new Set(termsOf(after.kind, aboutOf(after)))
    await this.#tables.dropTerms(after, [...old.difference(wanted)])
    await this.#tables.addTerms(after, [...wanted.difference(old)])
  }

  /** Ids of what is used, each once; using oneself says nothing. */
  async #usedIds(user: ResourceRow, uses: readonly ResourceKey[]): Promise<number[]> {
    const ids = new Set<number>()
    for (const key of uses) {
      const row = await this.#tables.find(key)
      if (row === undefined) throw missingUse(user, key)
      if (row.id !== user.id) ids.add(row.id)
    }
    return [...ids]
  }

  async #checkUnused(row: ResourceRow): Promise<void> {
    const keys = await usersOf(this.#tables, row)
    if (keys.length === 0) return
    const users = keys.map(formatKey)
    const named = users.length > 5 ? `${users.slice(0, 5).join(', ')} and more` : users.join(', ')
    throw new ApiError('in-use', `${describeKey(keyOfRow(row))} is used by ${named}`, {
      hint: 'Remove the users first, or make them use something else.',
      users,
    })
  }

  /** The highest version that is left becomes the latest. */
  async #promote({ kind, workspace, name }: ResourceRow): Promise<void> {
    const next = await this.#tables.latest({ kind, workspace, name })
    if (next) await this.#tables.markLatest(next.id, 1)
  }

  async #record<Spec, Status>(
    type: ResourceEvent['type'],
    row: ResourceRow,
  ): Promise<Resource<Spec, Status>> {
    const { revision, kind, workspace } = row
    const resource = resourceOf<Spec, Status>(row)
    await this.#tables.appendChange({ revision, type, kind, workspace, document: JSON.stringify(resource) })
    if (revision % compactEvery === 0) await this.#tables.dropChanges(revision - this.#options.keptChanges)
    return resource
  }

  #time(offsetMs = 0): string {
    return new Date(this.#options.now().getTime() + offsetMs).toISOString()
  }
}

function checkRevision(row: ResourceRow, { ifRevision }: WriteOptions): void {
  if (ifRevision === undefined || ifRevision === row.revision) return
  const name = describeKey(keyOfRow(row))
  throw new ApiError('precondition-failed', `${name} is at revision ${row.revision}, not ${ifRevision}`, {
    hint: 'Read it again, and repeat the change on what it is now.',
  })
}

function changedAbout(row: ResourceRow, change: Change): string {
  const about = aboutOf(row)
  const { description = about.description, tags = about.tags } = change
  const { properties = about.properties, indexed = about.indexed } = change
  const next: About = { description, tags, properties, indexed }
  return jsonOf(next)
}

function missingUse(user: ResourceRow, key: ResourceKey): ApiError {
  const name = describeKey(keyOfRow(user))
  return new ApiError('invalid', `${name} uses ${describeKey(key)}, which does not exist`)
}
