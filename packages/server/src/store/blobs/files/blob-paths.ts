/** Where the file store keeps what. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { hexOf } from '../digest.ts'

export interface BlobPaths {
  blobs: string
  uploads: string
  incoming: string
  blob: (digest: string) => string
  /** A folder with the announcement and the bytes that have come. */
  upload: (id: string) => { folder: string; state: string; bytes: string }
  /** A new path for bytes whose digest is not known yet. */
  aside: () => string
}

export function blobPaths(dir: string): BlobPaths {
  const blobs = join(dir, 'sha256')
  const uploads = join(dir, 'uploads')
  const incoming = join(dir, 'incoming')
  return {
    blobs,
    uploads,
    incoming,
    blob: (digest) => {
      const hex = hexOf(digest)
      return join(blobs, hex.slice(0, 2), hex)
    },
    upload: (id) => {
      const folder = join(uploads, id)
      return { folder, state: join(folder, 'state.json'), bytes: join(folder, 'bytes') }
    },
    aside: () => join(incoming, randomUUID()),
  }
}
