/** Environments as images get them: one record for equal ones, which says how its build went. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Environment, EnvironmentSpec } from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureEnvironment, type EnvironmentFeature } from '../../src/environments/ensure.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { ResourceStore } from '../../src/store/resource-store.ts'
import { aBench, aSpec, never, type Bench } from './a-builder.ts'

let bench: Bench
let store: ResourceStore

beforeEach(async () => {
  bench = await aBench()
  store = createMemoryStore()
})

afterEach(async () => {
  await store.close()
  await bench[Symbol.asyncDispose]()
})

function ensure(
  spec: EnvironmentSpec,
  builder: EnvironmentFeature['builder'] = bench.builder,
  signal = never,
) {
  const request = { workspace: 'default', spec, log: () => undefined }
  return ensureEnvironment({ store, builder, now: () => new Date() }, request, signal)
}

/** The only environment there is. */
async function theRecord() {
  const page = await store.list<EnvironmentSpec, Environment['status']>({
    kind: 'environment',
    limit: 2,
    order: 'oldest',
  })
  expect(page.items).toHaveLength(1)
  return page.items[0]
}

function aFile(lines: string[]): EnvironmentSpec {
  return aSpec(['- python', ...lines])
}

describe('conda files that lock to the same packages', () => {
  test('share the environment, and each keeps what it says itself', async () => {
    const first = await ensure(aFile(['- azureml-defaults', 'variables: { COLOUR: red }']))
    const second = await ensure(aFile(['- mkl', 'variables: { COLOUR: blue }']))
    expect(second.environment.name).toBe(first.environment.name)
    expect(first).toMatchObject({
      variables: { COLOUR: 'red' },
      provided: ['azureml-defaults'],
      warnings: [],
    })
    expect(second).toMatchObject({ variables: { COLOUR: 'blue' }, provided: [] })
    expect(second.warnings).toEqual([expect.stringContaining('mkl')])
    expect(second.environment.status).not.toHaveProperty('variables')
    await theRecord()
  })
})

describe('an environment', () => {
  /** Sites cannot be written: their folder is a file. */
  async function aBrokenBuilder() {
    const rootDir = path.join(bench.dir, 'a-file')
    await writeFile(rootDir, '')
    return bench.another({ rootDir })
  }

  test('whose build failed says so and why, and is built at the next try', async () => {
    const broken = await aBrokenBuilder()
    await expect(ensure(aFile([]), broken)).rejects.toThrow('ENOTDIR')
    const failed = await theRecord()
    expect(failed?.status).toMatchObject({
      state: 'Failed',
      error: { code: 'internal', message: expect.stringContaining('ENOTDIR') as string },
      conditions: [{ type: 'Ready', status: 'false', reason: 'BuildFailed' }],
    })
    const states: unknown[] = []
    const { environment } = await ensure(aFile([]), {
      ...bindBuilder(),
      build: async (...args) => {
        const record = await theRecord()
        states.push(record?.status.state, record?.status.error)
        return bench.builder.build(...args)
      },
    })
    expect(states).toEqual(['Running', undefined])
    expect(environment.status).toMatchObject({ state: 'Succeeded', conditions: [{ status: 'true' }] })
    expect(environment.status).not.toHaveProperty('error')
  })

  test('whose build was aborted says so', async () => {
    const stop = new AbortController()
    const builder: EnvironmentFeature['builder'] = {
      ...bindBuilder(),
      build: async (resolved, onLine, signal) => {
        stop.abort(new Error('the image was deleted'))
        return bench.builder.build(resolved, onLine, signal)
      },
    }
    await expect(ensure(aFile([]), builder, stop.signal)).rejects.toThrow('the image was deleted')
    expect((await theRecord())?.status.state).toBe('Cancelled')
  })

  test('that was not used for long is noted as used again', async () => {
    const { environment } = await ensure(aFile([]))
    const inTwoHours = new Date(Date.now() + 2 * 60 * 60 * 1000)
    const later = { store, builder: bench.builder, now: () => inTwoHours }
    const request = { workspace: 'default', spec: aFile([]), log: () => undefined }
    const { revision } = environment.metadata
    expect((await ensure(aFile([]))).environment.metadata.revision).toBe(revision)
    expect((await ensureEnvironment(later, request, never)).environment.metadata.revision).not.toBe(revision)
  })
})

function bindBuilder(): EnvironmentFeature['builder'] {
  const { builder } = bench
  return {
    resolve: (...args) => builder.resolve(...args),
    build: (...args) => builder.build(...args),
    open: (...args) => builder.open(...args),
  }
}
