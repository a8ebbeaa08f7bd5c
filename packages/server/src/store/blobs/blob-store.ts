/** Where all bytes are kept: immutable blobs named by their SHA-256, and the uploads that bring them. */
import type { Readable } from 'node:stream'

export interface BlobStat {
  sizeBytes: number
}

export interface StoredBlob extends BlobStat {
  digest: string
}

export interface ListedBlob extends StoredBlob {
  /** When the blob was stored or last offered again. */
  modifiedAt: Date
}

export interface UploadState {
  id: string
  digest: string
  sizeBytes: number
  /** Bytes that are safe, also from power loss; the next part starts here. */
  offset: number
  /** The whole blob is stored and verified. */
  complete: boolean
}

export interface ReadOptions {
  /** First byte wanted; default 0. A read from elsewhere is not verified. */
  offset?: number | undefined
  signal?: AbortSignal | undefined
}

export interface CollectOptions {
  /** Asked for each old blob just before it is removed. */
  inUse: (digest: string) => boolean | Promise<boolean>
  /** Blobs and uploads touched since stay. */
  olderThan: Date
  signal: AbortSignal
}

export interface Collected {
  removed: string[]
  freedBytes: number
}

/** Digests are `sha256:` and 64 hexadecimal digits; another form is `bad-request`. */
export interface BlobStore {
  /** Those of the digests that are not stored, in the order given. The others are kept from `collect` for its grace time. */
  missing: (digests: readonly string[]) => Promise<string[]>
  stat: (digest: string) => Promise<BlobStat | undefined>
  /**
   * Streams the blob. A whole read is verified: when the bytes do not match, it ends in `corrupted` instead of an end.
   * Errors: `not-found`.
   */
  read: (digest: string, options?: ReadOptions) => Promise<Readable>
  /** Path of a local file with exactly these bytes, read-only; it is there as long as the blob is. Errors: `not-found`, `corrupted`. */
  localPath: (digest: string, signal: AbortSignal) => Promise<string>
  /** Stores all bytes of a source. Errors: `digest-mismatch` when a digest was announced, `insufficient-storage`. */
  put: (source: Readable | Uint8Array, options?: { digest?: string | undefined }) => Promise<StoredBlob>
  /** Begins an upload, or finds the one of the same digest that was interrupted; complete at once if the blob exists. */
  startUpload: (digest: string, sizeBytes: number) => Promise<UploadState>
  upload: (id: string) => Promise<UploadState | undefined>
  /**
   * Adds bytes. The last byte verifies and publishes the blob. Bytes that arrived before a failure or an abort are kept.
   * Errors: `not-found`, `offset-mismatch` (also while another part is being written), `insufficient-storage`, and those that discard
   * the upload: `digest-mismatch`, and `too-large` when more bytes come than were announced.
   */
  append: (part: UploadPart, signal?: AbortSignal) => Promise<UploadState>
  list: () => AsyncIterable<ListedBlob>
  /** Removing what is not there succeeds. */
  remove: (digest: string) => Promise<void>
  /** Removes old blobs that nobody uses, and uploads nobody continued. */
  collect: (options: CollectOptions) => Promise<Collected>
  close: () => Promise<void>
}

export interface UploadPart {
  id: string
  /** Where the part starts; must be the offset of the upload. */
  offset: number
  source: Readable
}
