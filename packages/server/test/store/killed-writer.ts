/** What must hold after a writing process was killed with SIGKILL. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { ResourceStore } from '../../src/store/resource-store.ts'

const enough = 40

/** Starts the writer, kills it in the middle of its work, and gives the last write it had acknowledged. */
export async function killWriter(kind: 'sqlite' | 'postgres', place: string): Promise<number> {
  const program = join(import.meta.dirname, 'store-writer.ts')
  const child = spawn(process.execPath, [program, kind, place], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let acknowledged = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    if (acknowledged === enough) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return acknowledged
}

/** Every acknowledged write is there, whole; what was being written is there whole or not at all; and work goes on. */
export async function expectWhole(store: ResourceStore, acknowledged: number): Promise<void> {
  expect(acknowledged).toBeGreaterThanOrEqual(enough)
  for (let index = 1; index <= acknowledged; index += 1) {
    const name = `s${index}`
    expect(await store.get({ kind: 'service', workspace: 'main', name })).toMatchObject({ spec: { index } })
    expect(await store.users({ kind: 'service', workspace: 'main', name })).toMatchObject([
      { version: index },
    ])
    const list = { kind: 'service', limit: 2, order: 'newest', tags: [`index=${name}`] } as const
    expect((await store.list(list)).items).toHaveLength(1)
  }
  const services = await store.list({ kind: 'service', limit: 1000, order: 'newest' })
  const models = await store.list({ kind: 'model', limit: 1000, order: 'newest' })
  expect(services.items.length - models.items.length).toBeOneOf([0, 1])
  expect(await store.revision()).toBe(services.items.length + models.items.length)
  const next = await store.createVersion({ kind: 'model', workspace: 'main', name: 'm', spec: 0, status: 0 })
  expect(next.version).toBe(models.items.length + 1)
}
