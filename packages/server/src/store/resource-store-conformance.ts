/** What every ResourceStore must do; each implementation runs all of it. */
import { describe } from 'vitest'
import { idempotencyRules } from './conformance/idempotency-conformance.ts'
import { listRules } from './conformance/list-conformance.ts'
import { referenceRules } from './conformance/reference-conformance.ts'
import { transactionRules } from './conformance/transaction-conformance.ts'
import { versionRules } from './conformance/version-conformance.ts'
import { watchRules } from './conformance/watch-conformance.ts'
import { writeRules } from './conformance/write-conformance.ts'
import type { OpenStore } from './conformance/open-store.ts'

/** `open` gives an empty store, which the suite closes. */
export function resourceStoreConformance(open: OpenStore): void {
  describe('resource store conformance', () => {
    writeRules(open)
    versionRules(open)
    referenceRules(open)
    listRules(open)
    watchRules(open)
    transactionRules(open)
    idempotencyRules(open)
  })
}
