/** What a kill cut off is brought to its end by the next start. */
import type { Operation } from '@slipway/contract'
import { expect, onTestFinished, test, vi } from 'vitest'
import { beginOperation } from '../../src/reconcile/operation-records.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { startApp } from '../running-app.ts'

test('a service whose document was gone already is deleted to the end', async () => {
  const store = createMemoryStore()
  const target = { kind: 'service', workspace: 'default', name: 'gone' } as const
  const { name } = await store.transaction((tx) =>
    beginOperation(tx, { action: 'service-delete', target, targetGeneration: 1 }),
  )
  const app = await startApp({ store })
  onTestFinished(() => app.close())
  await vi.waitFor(async () => {
    const { json } = await app.send('GET', `/v1/workspaces/default/operations/${name}`)
    expect((json as Operation).status).toMatchObject({ state: 'Succeeded' })
  })
  expect(app.faults).toEqual([])
})
