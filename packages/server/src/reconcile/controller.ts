/** Keeps resources of one kind as they should be: lists them at start, watches their changes, works them off by key. */
import type { ResourceKey, ResourceStore } from '../store/resource-store.ts'
import { WorkQueue } from './work-queue.ts'

export interface ControllerOptions {
  store: ResourceStore
  kind: string
  /** Brings one resource closer to what it should be; level-triggered, called again after every change of it. */
  reconcile(key: ResourceKey, signal: AbortSignal): Promise<{ againAfterMs: number } | undefined>
  onError(key: string, error: unknown): void
  concurrency?: number
  /** Every resource is looked at again after this time, so that a lost event is only a delay. */
  relistMs?: number
}

export interface Controller {
  /** Lists and queues everything, then watches. Resolves once the list is queued. */
  start(): Promise<void>
  /** Asks for a look at one resource. */
  poke(key: ResourceKey): void
  /** Looks at one resource and resolves when that is done, whether it went well or not. */
  run(key: ResourceKey): Promise<void>
  close(): Promise<void>
}

export function createController(options: ControllerOptions): Controller {
  const { store, kind, relistMs = 60_000 } = options
  const stopping = new AbortController()
  const queue = new WorkQueue({
    run: (text, signal) => options.reconcile(parseKey(kind, text), signal),
    onError: options.onError,
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
  })
  const poke = (key: ResourceKey) => queue.add(textOf(key))
  const relist = async () => {
    for await (const key of everyKey(store, kind)) poke(key)
  }
  let watching: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  return {
    poke,
    run: (key) => queue.run(textOf(key)),
    async start() {
      const revision = await store.revision()
      await relist()
      watching = watch({ store, kind, poke, relist, onError: options.onError }, revision, stopping.signal)
      timer = setInterval(
        () => void relist().catch((error: unknown) => options.onError(kind, error)),
        relistMs,
      )
    },
    async close() {
      clearInterval(timer)
      stopping.abort(new Error('the controller is closed'))
      await watching
      await queue.close()
    },
  }
}

interface Watch {
  store: ResourceStore
  kind: string
  poke(key: ResourceKey): void
  relist(): Promise<void>
  onError(key: string, error: unknown): void
}

/** A watch that breaks begins again from now, after everything was listed once more. */
async function watch(wiring: Watch, afterRevision: number, signal: AbortSignal): Promise<void> {
  let revision = afterRevision
  while (!signal.aborted) {
    try {
      for await (const event of wiring.store.watch(
        { afterRevision: revision, kinds: [wiring.kind] },
        signal,
      )) {
        revision = event.revision
        wiring.poke(event.key)
      }
      return
    } catch (error) {
      if (signal.aborted) return
      wiring.onError(wiring.kind, error)
      revision = await wiring.store.revision()
      await wiring.relist()
    }
  }
}

async function* everyKey(store: ResourceStore, kind: string): AsyncIterable<ResourceKey> {
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
