/** Streams bytes into a file, hashed and counted on the way. */
import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ApiError } from '@slipway/contract'
import { failedWith } from '../../durable-file.ts'

/** How far a file is written, and the hash of it all. */
export interface Progress {
  sizeBytes: number
  hash: Hash
}

export function noProgress(): Progress {
  return { sizeBytes: 0, hash: createHash('sha256') }
}

export interface WriteOptions {
  signal?: AbortSignal | undefined
  /** Called after each piece. */
  alive?: () => void
  /** Errors: `too-large` when the source goes on behind this size. */
  maxBytes?: number
}

/** Appends the source at the progress, which moves along, so that it is right also after a failure. Errors: `insufficient-storage`. */
export async function writeBytes(
  target: { file: FileHandle; progress: Progress },
  source: Readable,
  { signal, alive, maxBytes = Infinity }: WriteOptions = {},
): Promise<void> {
  const { file, progress } = target
  const stop = () => source.destroy(signal?.reason as Error)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (progress.sizeBytes + chunk.length > maxBytes) throw tooLarge(maxBytes)
      await writeAll(file, chunk, progress.sizeBytes)
      progress.hash.update(chunk)
      progress.sizeBytes += chunk.length
      alive?.()
    }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** A full disk, in the words of the API; anything else as it was. */
export function diskError(error: unknown): unknown {
  if (!failedWith(error, 'ENOSPC', 'EDQUOT')) return error
  return new ApiError('insufficient-storage', 'the disk that holds the blobs is full', {
    hint: 'Free space, or remove models and images that are no longer needed, then send it again.',
    cause: error,
  })
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let done = 0
  while (done < chunk.length) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('too-large', `the upload was announced with ${maxBytes} bytes, but more were sent`)
}
