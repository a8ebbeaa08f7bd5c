/** Digests of blobs: their form, and streams that check them. */
import { createHash } from 'node:crypto'
import { pipeline, Transform, type Readable } from 'node:stream'
import { ApiError } from '@slipway/contract'
import type { UploadState } from './blob-store.ts'

const form = /^sha256:([0-9a-f]{64})$/

/** The hexadecimal part. Errors: `bad-request` for another form, so that no digest ever becomes a path out of the store. */
export function hexOf(digest: string): string {
  const [, hex] = form.exec(digest) ?? []
  if (hex !== undefined) return hex
  throw new ApiError(
    'bad-request',
    `a digest must be sha256: and 64 hexadecimal digits, got ${digest.slice(0, 100)}`,
  )
}

export function digestOf(hex: string): string {
  return `sha256:${hex}`
}

/** An id for the upload of these bytes: whoever uploads the same finds it again. */
export function uploadIdOf(digest: string, sizeBytes: number): string {
  return createHash('sha256')
    .update(`${hexOf(digest)} ${sizeBytes}`)
    .digest('hex')
}

/** The upload of a blob that is there already. */
export function completeUpload(digest: string, sizeBytes: number): UploadState {
  return { id: uploadIdOf(digest, sizeBytes), digest, sizeBytes, offset: sizeBytes, complete: true }
}

/** The same bytes; ends in `corrupted` instead of an end when they are not those of the digest. */
export function verified(source: Readable, digest: string): Readable {
  const hash = createHash('sha256')
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(undefined, chunk)
    },
    flush(done) {
      const found = digestOf(hash.digest('hex'))
      done(found === digest ? undefined : corrupted(digest, found))
    },
  })
  // Errors and early ends go through in both directions; the reader hears of them from the stream it has.
  return pipeline(source, check, () => undefined)
}

export function corrupted(digest: string, found: string): ApiError {
  return new ApiError('corrupted', `the bytes stored as ${digest} are those of ${found}`, {
    hint: 'Restore the blob from a backup, or remove what uses it and upload it again.',
  })
}

export function digestMismatch(digest: string, found: string): ApiError {
  return new ApiError('digest-mismatch', `the bytes must have the digest ${digest}, got ${found}`, {
    hint: 'The file changed while it was sent, or was damaged on the way: send it again.',
  })
}

export function offsetMismatch(upload: UploadState, offset: number): ApiError {
  return new ApiError('offset-mismatch', `the next part must start at ${upload.offset}, not at ${offset}`)
}

export function blobNotFound(digest: string): ApiError {
  return new ApiError('not-found', `there is no blob ${digest}`)
}

/** Counts digests of bytes on their way, whole files at a time. */
export async function digestOfStream(source: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of source) hash.update(chunk)
  return digestOf(hash.digest('hex'))
}
