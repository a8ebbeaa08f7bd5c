/** What the conformance files share: a store that closes itself, and resources to put in. */
import { onTestFinished } from 'vitest'
import type { Draft, ResourceKey, ResourceStore, StoreOptions, VersionDraft } from '../resource-store.ts'

export type OpenStore = (options?: StoreOptions) => Promise<ResourceStore>

/** An empty store for this test only. */
export async function emptyStore(open: OpenStore, options?: StoreOptions): Promise<ResourceStore> {
  const store = await open(options)
  onTestFinished(() => store.close())
  return store
}

export function aService(name: string, more: Partial<Draft> = {}): Draft {
  return { kind: 'service', workspace: 'main', name, spec: { replicas: 1 }, status: {}, ...more }
}

export function aModel(name: string, more: Partial<Draft> = {}): VersionDraft {
  return { kind: 'model', workspace: 'main', name, spec: { framework: 'custom' }, status: {}, ...more }
}

export function service(name: string): ResourceKey {
  return { kind: 'service', workspace: 'main', name }
}

export function model(name: string, version: number): ResourceKey {
  return { kind: 'model', workspace: 'main', name, version }
}

/** The numbers from 1 to count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
