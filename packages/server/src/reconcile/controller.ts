/** Keeps resources of one kind as they should be: lists them at start, watches their changes, works them off by key. */
import type { ResourceKey, ResourceStore } from '../store/resource-store.ts'
import { WorkQueue } from './work-queue.ts'

/** What a controller reads from. */
export type WatchedStore = Pick<ResourceStore, 'revision' | 'list' | 'watch'>

export interface ControllerOptions {
  store: WatchedStore
  kind: string
  /** Brings one resource closer to what it should be; level-triggered, called again after every change of it. */
  reconcile(key: ResourceKey, signal: AbortSignal): Promise<{ againAfterMs: number } | undefined>
  onError(key: string, error: unknown): void
  concurrency?: number
  /** Every resource is looked at again after this time, so that a lost event is only a delay. */
  relistMs?: number
  /** False where `alsoKeys` names everything that has work left; default true. */
  list?: boolean
  /** Names what has work left though no list may show it, such as what was removed; asked with each list. */
  alsoKeys?(): AsyncIterable<ResourceKey>
}

export interface Controller {
  /** Lists and queues everything, then watches. Resolves once the list is queued. */
  start(): Promise<void>
  /** Asks for a look at one resource. */
  poke(key: ResourceKey): void
  close(): Promise<void>
}

const firstPauseMs = 250
const maxPauseMs = 10_000

export function createController(options: ControllerOptions): Controller {
  const { kind, relistMs = 60_000 } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const queue = new WorkQueue({
    run: (text, running) => options.reconcile(parseKey(kind, text), running),
    onError: options.onError,
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
  })
  const poke = (key: ResourceKey) => queue.add(textOf(key))
  const wiring = { ...options, poke }
  let running: Promise<unknown> = Promise.resolve()
  return {
    poke,
    async start() {
      const revision = await listAnew(wiring, signal)
      running = Promise.all([watch(wiring, revision, signal), relistEvery(relistMs, wiring, signal)])
    },
    async close() {
      stopping.abort(new Error('the controller is closed'))
      await running
      await queue.close()
    },
  }
}

interface Wiring extends Pick<ControllerOptions, 'store' | 'kind' | 'list' | 'alsoKeys' | 'onError'> {
  poke(key: ResourceKey): void
}

/** A watch that breaks begins again from now, after everything was listed once more. */
async function watch(wiring: Wiring, afterRevision: number, signal: AbortSignal): Promise<void> {
  const { store, kind } = wiring
  let revision: number | undefined = afterRevision
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    try {
      revision ??= await listAnew(wiring, signal)
      for await (const event of store.watch({ afterRevision: revision, kinds: [kind] }, signal)) {
        wiring.poke(event.key)
        pauseMs = firstPauseMs
      }
      return
    } catch (error) {
      if (signal.aborted) return
      wiring.onError(kind, error)
      revision = undefined
      await pause(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, maxPauseMs)
    }
  }
}

async function relistEvery(relistMs: number, wiring: Wiring, signal: AbortSignal): Promise<void> {
  while (await pause(relistMs, signal)) {
    try {
      await relist(wiring, signal)
    } catch (error) {
      if (!signal.aborted) wiring.onError(wiring.kind, error)
    }
  }
}

/** Gives the revision from which on a watch sees what the list may have missed. */
async function listAnew(wiring: Wiring, signal: AbortSignal): Promise<number> {
  const revision = await wiring.store.revision()
  await relist(wiring, signal)
  return revision
}

async function relist({ store, kind, list = true, ...wiring }: Wiring, signal: AbortSignal): Promise<void> {
  for (const keys of [list ? everyKey(store, kind) : [], wiring.alsoKeys?.() ?? []]) {
    for await (const key of keys) {
      signal.throwIfAborted()
      wiring.poke(key)
    }
  }
}

/** False when the signal ended it. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const abort = () => resolve(false)
  const timer = setTimeout(resolve, ms, true)
  signal.addEventListener('abort', abort, { once: true })
  const isOver = await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', abort)
  return isOver
}

async function* everyKey(store: WatchedStore, kind: string): AsyncIterable<ResourceKey> {
  let cursor: string | undefined
  do {
    const page = await store.list({ kind, limit: 500, order: 'oldest', cursor })
    for (const { name, version, metadata } of page.items) {
      yield { kind, workspace: metadata.workspace, name, ...(version !== undefined && { version }) }
    }
    cursor = page.next
  } while (cursor !== undefined)
}

function textOf({ workspace, name, version }: ResourceKey): string {
  return [workspace, name, ...(version === undefined ? [] : [version])].join('/')
}

function parseKey(kind: string, text: string): ResourceKey {
  const [workspace = '', name = '', version] = text.split('/')
  return { kind, workspace, name, ...(version !== undefined && { version: Number(version) }) }
}
