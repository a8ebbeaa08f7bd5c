/** Checks that files a client announces have been uploaded, with the sizes it says. */
import { ApiError, type FileEntry } from '@slipway/contract'
import type { BlobStore } from './blob-store.ts'

/** Files asked about at the same time. */
const batch = 64

/** Errors: `blob-missing` naming the files, `invalid` naming a file whose size is another. */
export async function requireBlobs(blobs: BlobStore, files: readonly FileEntry[]): Promise<void> {
  const missing = new Set(await blobs.missing([...new Set(files.map(({ digest }) => digest))]))
  const lacking = files.filter(({ digest }) => missing.has(digest))
  if (lacking.length > 0) {
    const named = lacking.slice(0, 5).map(({ path }) => path)
    const more = lacking.length > named.length ? ` and ${lacking.length - named.length} more` : ''
    throw new ApiError('blob-missing', `not uploaded: ${named.join(', ')}${more}`, {
      hint: 'Upload the files first, then register them.',
    })
  }
  for (let start = 0; start < files.length; start += batch) {
    await Promise.all(files.slice(start, start + batch).map((file) => requireSize(blobs, file)))
  }
}

async function requireSize(blobs: BlobStore, { path, digest, sizeBytes }: FileEntry): Promise<void> {
  const stat = await blobs.stat(digest)
  if (stat?.sizeBytes === sizeBytes) return
  throw new ApiError(
    'invalid',
    `${path} must have the size that was uploaded (${stat?.sizeBytes}, not ${sizeBytes})`,
  )
}
