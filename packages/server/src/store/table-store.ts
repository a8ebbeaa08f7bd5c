/** Makes a ResourceStore of any database that offers the tables. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { ApiError } from '@slipway/contract'
import type { Pulse } from './pulse.ts'
import { eventOf, TableReader } from './resource-reader.ts'
import type {
  Change,
  Draft,
  ListOptions,
  Resource,
  ResourceEvent,
  ResourceKey,
  ResourceReader,
  ResourceStore,
  ResourceTransaction,
  StoreOptions,
  VersionDraft,
  WatchOptions,
  WriteOptions,
} from './resource-store.ts'
import type { ChangeRow, NameKey, ReadTables, ResourceDatabase } from './resource-tables.ts'
import { TableTransaction, type TransactionOptions } from './resource-transaction.ts'

/** Changes that a watch reads at a time. */
const watchBatch = 200

export class TableStore implements ResourceStore {
  readonly #database: ResourceDatabase
  /** Beats whenever there may be new changes. */
  readonly #pulse: Pulse
  readonly #options: TransactionOptions
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  readonly #closing = new AbortController()
  /** Work that a close waits for. */
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(database: ResourceDatabase, pulse: Pulse, options: StoreOptions) {
    this.#database = database
    this.#pulse = pulse
    const { now = () => new Date(), newUid = () => randomUUID(), keptChanges = 10_000 } = options
    this.#options = { now, newUid, keptChanges }
  }

  async transaction<T>(work: (tx: ResourceTransaction) => Promise<T>): Promise<T> {
    this.#checkOutside()
    const frame = { open: true }
    try {
      return await this.#tracked(
        this.#database.write((tables) =>
          this.#inside.run(frame, () => work(new TableTransaction(tables, this.#options))),
        ),
      )
    } finally {
      frame.open = false
      this.#pulse.beat()
    }
  }

  create<Spec, Status>(draft: Draft): Promise<Resource<Spec, Status>> {
    return this.transaction((tx) => tx.create(draft))
  }

  createVersion<Spec, Status>(draft: VersionDraft): Promise<Resource<Spec, Status>> {
    return this.transaction((tx) => tx.createVersion(draft))
  }

  update<Spec, Status>(
    key: ResourceKey,
    change: (current: Resource<Spec, Status>) => Change<Spec, Status> | undefined,
    options?: WriteOptions,
  ): Promise<Resource<Spec, Status>> {
    return this.transaction((tx) => tx.update(key, change, options))
  }

  remove<Spec, Status>(key: ResourceKey, options?: WriteOptions): Promise<Resource<Spec, Status>> {
    return this.transaction((tx) => tx.remove(key, options))
  }

  get<Spec, Status>(key: ResourceKey): Promise<Resource<Spec, Status>> {
    return this.#read((reader) => reader.get(key))
  }

  find<Spec, Status>(key: ResourceKey): Promise<Resource<Spec, Status> | undefined> {
    return this.#read((reader) => reader.find(key))
  }

  latest<Spec, Status>(key: NameKey): Promise<Resource<Spec, Status>> {
    return this.#read((reader) => reader.latest(key))
  }

  list<Spec, Status>(options: ListOptions) {
    return this.#read((reader) => reader.list<Spec, Status>(options))
  }

  users(key: ResourceKey): Promise<ResourceKey[]> {
    return this.#read((reader) => reader.users(key))
  }

  async revision(): Promise<number> {
    this.#checkOutside()
    return this.#tracked(this.#database.read((tables) => tables.revision()))
  }

  async *watch(options: WatchOptions, signal: AbortSignal): AsyncGenerator<ResourceEvent> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    let after = options.afterRevision
    while (!ended.aborted) {
      const seen = this.#pulse.count
      const looking = this.#database.read((tables) => changesAfter(tables, { ...options, after }))
      const found = await this.#tracked(looking)
      for (const change of found.changes) {
        if (ended.aborted) return
        yield eventOf(change)
      }
      if (found.upTo === after) await this.#pulse.changedSince(seen, ended)
      after = found.upTo
    }
  }

  /** What has begun is finished first. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await Promise.allSettled(this.#underWay)
    await this.#database.close()
  }

  async #read<T>(work: (reader: ResourceReader) => Promise<T>): Promise<T> {
    this.#checkOutside()
    return this.#tracked(this.#database.read((tables) => work(new TableReader(tables))))
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  /** Inside, a write would wait for itself, and a read would not see what the transaction wrote. */
  #checkOutside(): void {
    if (this.#closing.signal.aborted) throw new ApiError('unavailable', 'the store is closed')
    if (this.#inside.getStore()?.open) {
      throw new Error('the store was called inside its own transaction; call the transaction instead')
    }
  }
}

interface FoundChanges {
  changes: ChangeRow[]
  /** All that is wanted up to here has been found. */
  upTo: number
}

async function changesAfter(
  tables: ReadTables,
  { after, kinds, workspace }: WatchOptions & { after: number },
): Promise<FoundChanges> {
  const head = await tables.revision()
  const changes = await tables.changes({ after, upTo: head, kinds, workspace, limit: watchBatch })
  const first = await tables.firstChange()
  if (after > head || (first !== undefined && first > after + 1)) throw expired(after, first ?? 1, head)
  const last = changes.length === watchBatch ? changes.at(-1) : undefined
  return { changes, upTo: last?.revision ?? head }
}

function expired(after: number, first: number, head: number): ApiError {
  return new ApiError(
    'expired',
    `a watch can resume after revisions ${first - 1} to ${head}, not after ${after}`,
    {
      hint: 'List what there is, then watch from the current revision.',
    },
  )
}
