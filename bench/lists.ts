/** The first page of a long list of models, in SQLite: by the store and over HTTP. */
import path from 'node:path'
import { createClient } from '@slipway/sdk'
import { openSqliteStore } from '../packages/server/src/store/sqlite/sqlite-store.ts'
import type { ResourceStore } from '../packages/server/src/store/resource-store.ts'
import { startServer } from '../scripts/quickstart/server-process.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { timesMs } from './timing.ts'

const runs = 15
const batch = 2000

export async function lists(bench: Bench): Promise<Figure[]> {
  return [
    ...(await firstPage(bench, { count: 10_000, barMs: 20 })),
    ...(await firstPage(bench, { count: 1_000_000, barMs: 40 })),
  ]
}

async function firstPage(
  { folder, projectDir }: Bench,
  { count, barMs }: { count: number; barMs: number },
): Promise<Figure[]> {
  const data = path.join(folder, String(count))
  const prepared = await startServer(projectDir, data)
  await prepared.stop()
  const store = await openSqliteStore(path.join(data, 'slipway.db'))
  await fill(store, count)
  await store.close()
  const server = await startServer(projectDir, data)
  try {
    const client = createClient(server)
    const page = (query: Record<string, unknown>) => () =>
      client.models.list({ params: { workspace: 'default' }, query })
    await page({})()
    const shown = count.toLocaleString('en')
    return [
      { what: `first page of ${shown} models`, unit: 'ms', runs: await timesMs(runs, page({})), bar: barMs },
      {
        what: `… the oldest first`,
        unit: 'ms',
        runs: await timesMs(runs, page({ order: 'oldest' })),
        bar: barMs,
      },
      {
        what: `… with one of ten tags`,
        unit: 'ms',
        runs: await timesMs(runs, page({ tag: 'group=7' })),
        bar: barMs,
      },
      {
        what: `… the latest versions only`,
        unit: 'ms',
        runs: await timesMs(runs, page({ latest: 'true' })),
        bar: barMs,
      },
    ]
  } finally {
    await server.stop()
  }
}

async function fill(store: ResourceStore, count: number): Promise<void> {
  for (let start = 0; start < count; start += batch) {
    await store.transaction(async (tx) => {
      for (let index = start; index < Math.min(count, start + batch); index += 1)
        await tx.createVersion(aModel(index))
    })
  }
}

/** Ten versions of each name. */
function aModel(index: number) {
  const digest = `sha256:${index.toString(16).padStart(64, '0')}`
  const file = { path: 'model.pkl', digest, sizeBytes: 1000, executable: false }
  return {
    kind: 'model',
    workspace: 'default',
    name: `model-${Math.floor(index / 10)}`,
    tags: { group: String(index % 10) },
    spec: { layout: 'file', files: [file] },
    status: {
      digest,
      sizeBytes: 1000,
      scan: { verdict: 'clean', findings: [], writtenBy: {}, unsafeAllowed: false },
      conditions: [],
    },
  }
}
