/** A ResourceStore that forgets everything when it closes: for tests, and to read what the rules are. */
import { Pulse } from '../pulse.ts'
import type { ResourceStore, StoreOptions } from '../resource-store.ts'
import type { ResourceDatabase } from '../resource-tables.ts'
import { createSerial } from '../serial.ts'
import { TableStore } from '../table-store.ts'
import { MemoryTables } from './memory-tables.ts'

export function createMemoryStore(options: StoreOptions = {}): ResourceStore {
  return new TableStore(memoryDatabase(), new Pulse(), options)
}

/** Reads wait for a running transaction too, so they never see half of one. */
function memoryDatabase(): ResourceDatabase {
  const tables = new MemoryTables()
  const serial = createSerial()
  return {
    read: (work) => serial(() => work(tables)),
    write: (work) =>
      serial(async () => {
        try {
          const result = await work(tables)
          tables.commit()
          return result
        } catch (error) {
          tables.rollback()
          throw error
        }
      }),
    close: async () => {},
  }
}
