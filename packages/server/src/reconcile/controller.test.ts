/** What a controller looks at, and how it comes through a store that fails for a while. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { ResourceKey, ResourceStore } from '../store/resource-store.ts'
import { createController, type Controller, type ControllerOptions, type WatchedStore } from './controller.ts'

let store: ResourceStore
let controller: Controller
let seen: string[]
let errors: unknown[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  store = createMemoryStore()
  seen = []
  errors = []
})
afterEach(async () => {
  vi.useRealTimers()
  await controller.close()
  await store.close()
})

async function start(options: Partial<ControllerOptions> = {}): Promise<void> {
  controller = createController({
    store,
    kind: 'service',
    reconcile: async ({ name }) => void seen.push(name),
    onError: (_, error) => errors.push(error),
    ...options,
  })
  await controller.start()
}

async function create(name: string): Promise<void> {
  await store.create({ kind: 'service', workspace: 'team', name, spec: {}, status: {} })
}

async function* keysOf(...names: string[]): AsyncIterable<ResourceKey> {
  for (const name of names) yield { kind: 'service', workspace: 'team', name }
}

describe('what is looked at', () => {
  test('is what there is at the start, and what comes later', async () => {
    await create('before')
    await start()
    await create('after')
    await vi.waitFor(() => expect(seen).toEqual(['before', 'after']))
  })

  test('is also what no list shows, at the start and at every relist', async () => {
    await create('listed')
    await start({ alsoKeys: () => keysOf('gone'), relistMs: 60_000 })
    await vi.waitFor(() => expect(seen).toEqual(['listed', 'gone']))
    await vi.advanceTimersByTimeAsync(60_000)
    await vi.waitFor(() => expect(seen).toEqual(['listed', 'gone', 'listed', 'gone']))
  })

  test('is only what has work left where that is known', async () => {
    await create('done')
    await start({ list: false, alsoKeys: () => keysOf('open') })
    await create('new')
    await vi.waitFor(() => expect(seen).toEqual(['open', 'new']))
  })
})

describe('a store that fails', () => {
  let isDown: boolean
  let asked: number

  /** The store, over a database that goes away and comes back. */
  const flaky: WatchedStore = {
    list: (options) => store.list(options),
    revision: async () => {
      asked += 1
      if (isDown) throw new Error('the database is starting up')
      return store.revision()
    },
    async *watch(options, signal) {
      for await (const event of store.watch(options, signal)) {
        if (isDown) throw new Error('the connection was closed')
        yield event
      }
    },
  }

  beforeEach(async () => {
    isDown = false
    asked = 0
    await create('first')
    await start({ store: flaky, relistMs: 3_600_000 })
    isDown = true
    await create('second')
    await vi.waitUntil(() => errors.length === 1)
  })

  test('is asked again until it answers, then everything is looked at', async () => {
    await vi.advanceTimersByTimeAsync(250 + 500)
    expect(errors).toHaveLength(3)
    isDown = false
    await vi.advanceTimersByTimeAsync(1000)
    await vi.waitFor(() => expect(seen).toEqual(['first', 'first', 'second']))
    await create('third')
    await vi.waitFor(() => expect(seen).toEqual(['first', 'first', 'second', 'third']))
    expect(errors).toHaveLength(3)
  })

  test('is asked ever less often, but at least every 10 s', async () => {
    await vi.advanceTimersByTimeAsync(250 + 500 + 1000 + 2000 + 4000 + 8000)
    expect(asked).toBe(1 + 6)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(asked).toBe(1 + 6 + 3)
  })

  test('is no longer asked once the controller is closed', async () => {
    await controller.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toBe(1)
  })
})
