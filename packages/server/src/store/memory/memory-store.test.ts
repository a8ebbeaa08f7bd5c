/** The memory store keeps every promise of a resource store. */
import { resourceStoreConformance } from '../resource-store-conformance.ts'
import { createMemoryStore } from './memory-store.ts'

resourceStoreConformance(async (options) => createMemoryStore(options))
