/** Where all resources are kept: one document per resource, with versions, references, lists and watches. */
import { formatReference, type Metadata } from '@slipway/contract'

/** Names one document; `version` is left out for kinds that have none. */
export interface ResourceKey {
  kind: string
  workspace: string
  name: string
  version?: number
}

/** One document; spec and status are parsed by the contract at the feature, not here. */
export interface Resource<Spec = unknown, Status = unknown> {
  kind: string
  name: string
  version?: number
  metadata: Metadata
  spec: Spec
  status: Status
}

/** A document as a feature hands it in. */
export interface Draft {
  kind: string
  workspace: string
  name: string
  description?: string | undefined
  tags?: Record<string, string> | undefined
  properties?: Record<string, string> | undefined
  spec: unknown
  status: unknown
  /** Resources that cannot be removed while this one exists. */
  uses?: readonly ResourceKey[] | undefined
  /** Fields that `list({ where })` finds by index, such as `framework`. */
  indexed?: Record<string, string> | undefined
}

/** What a version knows once it has its number. */
export type VersionDraft = Omit<Draft, 'spec' | 'status'> &
  (
    | Pick<Draft, 'spec' | 'status'>
    | {
        build: (version: number) => Pick<Draft, 'spec' | 'status'> & Partial<Pick<Draft, 'uses' | 'indexed'>>
      }
  )

/** What an update replaces; a field that is absent or undefined stays. */
export interface Change<Spec = unknown, Status = unknown> {
  spec?: Spec | undefined
  status?: Status | undefined
  description?: string | undefined
  tags?: Record<string, string> | undefined
  properties?: Record<string, string> | undefined
  uses?: readonly ResourceKey[] | undefined
  indexed?: Record<string, string> | undefined
}

export interface WriteOptions {
  /** The revision that was read; another one is `precondition-failed`. */
  ifRevision?: number | undefined
}

export interface ListOptions {
  kind: string
  /** Without it, all workspaces. */
  workspace?: string | undefined
  name?: string | undefined
  /** Most items on one page. */
  limit: number
  /** `next` of the page before, with the same filters and order; anything else is `bad-request`. */
  cursor?: string | undefined
  /** By time of creation. */
  order: 'newest' | 'oldest'
  /** `key` or `key=value`; all must match. */
  tags?: readonly string[] | undefined
  /** `key` or `key=value`; all must match. */
  properties?: readonly string[] | undefined
  /** Values of indexed fields; all must match. */
  where?: Record<string, string> | undefined
  /** Only the highest version of each name. */
  latest?: boolean | undefined
}

export interface Page<Spec = unknown, Status = unknown> {
  items: Resource<Spec, Status>[]
  /** Cursor of the next page; absent on the last. */
  next?: string
}

/** What an `Idempotency-Key` was used for. */
export interface Remembered {
  /** Hash of the request that came with the key first; another one under the same key is the caller's mistake. */
  requestHash: string
  resource: ResourceKey
}

/** The verbs that read. */
export interface ResourceReader {
  /** Errors: `not-found`. */
  get: <Spec = unknown, Status = unknown>(key: ResourceKey) => Promise<Resource<Spec, Status>>
  find: <Spec = unknown, Status = unknown>(key: ResourceKey) => Promise<Resource<Spec, Status> | undefined>
  /** The highest version of a name that exists. Errors: `not-found`. */
  latest: <Spec = unknown, Status = unknown>(
    key: Omit<ResourceKey, 'version'>,
  ) => Promise<Resource<Spec, Status>>
  /**
   * One page. An item that stays while pages are read is on exactly one of them, whatever is created or removed meanwhile.
   * Errors: `bad-request` for a cursor that this list did not give.
   */
  list: <Spec = unknown, Status = unknown>(options: ListOptions) => Promise<Page<Spec, Status>>
  /** Who uses a resource, oldest first, at most 100. */
  users: (key: ResourceKey) => Promise<ResourceKey[]>
}

/** All verbs, inside one transaction: reads see its own writes, and nobody else writes until it ends. */
export interface ResourceTransaction extends ResourceReader {
  /** Errors: `conflict` when the key exists, `invalid` when something it uses does not. */
  create: <Spec = unknown, Status = unknown>(draft: Draft) => Promise<Resource<Spec, Status>>
  /** Takes the next version of the name, from 1; a version is never given twice, even after it was removed. Errors: `invalid`. */
  createVersion: <Spec = unknown, Status = unknown>(draft: VersionDraft) => Promise<Resource<Spec, Status>>
  /**
   * Replaces what `change` returns; undefined leaves the resource as it is. Every change gives a new revision, a changed spec
   * also the next generation. Errors: `not-found`, `precondition-failed`, `invalid` when something it uses does not exist.
   */
  update: <Spec = unknown, Status = unknown>(
    key: ResourceKey,
    change: (current: Resource<Spec, Status>) => Change<Spec, Status> | undefined,
    options?: WriteOptions,
  ) => Promise<Resource<Spec, Status>>
  /** Gives back what was removed. Errors: `not-found`, `precondition-failed`, `in-use` with the users. */
  remove: <Spec = unknown, Status = unknown>(
    key: ResourceKey,
    options?: WriteOptions,
  ) => Promise<Resource<Spec, Status>>
  /** Notes what a key was used for; it is forgotten after 24 hours. */
  remember: (workspace: string, idempotencyKey: string, used: Remembered) => Promise<void>
  recall: (workspace: string, idempotencyKey: string) => Promise<Remembered | undefined>
}

export interface ResourceEvent {
  revision: number
  type: 'created' | 'updated' | 'deleted'
  key: ResourceKey
  /** The resource as this change left it; for `deleted`, as it last was. */
  resource: Resource
}

export interface WatchOptions {
  /** Events after this revision; 0 is the beginning. */
  afterRevision: number
  kinds?: readonly string[] | undefined
  workspace?: string | undefined
}

/** Each verb called directly is a transaction of its own. An acknowledged write survives `kill -9` and power loss. */
export interface ResourceStore extends Omit<ResourceTransaction, 'remember' | 'recall'> {
  /**
   * All or nothing. The work holds the only write lock, so it waits for nothing but the store; it may run again when the
   * database asks for that, so it has no other effect. Calling the store itself inside is a bug and throws.
   */
  transaction: <T>(work: (tx: ResourceTransaction) => Promise<T>) => Promise<T>
  /**
   * Every change after a revision, in order, each once; then waits for more. Ends when the signal is aborted or the store closes.
   * Errors: `expired` when the changes after that revision are no longer kept, or never were.
   */
  watch: (options: WatchOptions, signal: AbortSignal) => AsyncIterable<ResourceEvent>
  /** The revision of the last change; 0 before the first. */
  revision: () => Promise<number>
  /** Ends watches and frees the database; safe to call twice. */
  close: () => Promise<void>
}

/** What tests and main replace: time and identities. */
export interface StoreOptions {
  now?: () => Date
  newUid?: () => string
  /** Changes kept for watches to resume from; default 10,000. */
  keptChanges?: number
}

export function keyOf(resource: Resource): ResourceKey {
  const { kind, name, version, metadata } = resource
  return { kind, workspace: metadata.workspace, name, ...(version === undefined ? {} : { version }) }
}

/** `image/name:1` or `service/name`, as errors and logs name a resource. */
export function formatKey(key: ResourceKey): string {
  return `${key.kind}/${formatName(key)}`
}

/** `name:1`, or `name` where there is no version. */
export function formatName(key: Pick<ResourceKey, 'name' | 'version'>): string {
  return key.version === undefined ? key.name : formatReference(key.name, key.version)
}
