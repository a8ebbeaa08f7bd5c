/** What every BlobStore must do; each implementation runs all of it. */
import { describe } from 'vitest'
import { collectRules } from './conformance/collect-conformance.ts'
import { contentRules } from './conformance/content-conformance.ts'
import type { OpenBlobs } from './conformance/open-blobs.ts'
import { uploadRules } from './conformance/upload-conformance.ts'

export function blobStoreConformance(open: OpenBlobs): void {
  describe('blob store conformance', () => {
    contentRules(open)
    uploadRules(open)
    collectRules(open)
  })
}
