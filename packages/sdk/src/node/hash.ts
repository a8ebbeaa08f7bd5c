/** Hashes files without holding them. */
import { ApiError } from '@slipway/contract'
import { createHash, type Hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { codeOf } from './disk-error.ts'

const chunkBytes = 2 ** 20

export interface HashOptions {
  signal?: AbortSignal | undefined
  onBytes?: ((count: number) => void) | undefined
}

export interface HashedSource {
  source: string
  /** Size that it had when it was found. */
  sizeBytes: number
}

/** Digest of the file as `sha256:…`. Errors: `invalid` where it cannot be read or has not `sizeBytes` any more. */
export async function hashFile(file: HashedSource, options: HashOptions = {}): Promise<string> {
  const hash = createHash('sha256')
  const count = await feed(hash, file, options)
  if (count !== file.sizeBytes) {
    throw new ApiError(
      'invalid',
      `${file.source} changed while it was read (${file.sizeBytes} → ${count} bytes)`,
      {
        hint: 'Run the command again once nothing writes to the file.',
      },
    )
  }
  return `sha256:${hash.digest('hex')}`
}

/** Adds a file's bytes to a hash; the number of bytes read. */
export async function feed(
  hash: Hash,
  { source, sizeBytes }: HashedSource,
  { signal, onBytes }: HashOptions,
): Promise<number> {
  // One buffer for the whole file: a new one for each chunk would be memory that waits to be collected.
  const buffer = new Uint8Array(Math.min(chunkBytes, sizeBytes + 1))
  const handle = await open(source).catch((error: unknown) => unreadable(source, error))
  let count = 0
  try {
    for (;;) {
      signal?.throwIfAborted()
      const read = await handle.read(buffer).catch((error: unknown) => unreadable(source, error))
      if (read.bytesRead === 0) return count
      hash.update(buffer.subarray(0, read.bytesRead))
      count += read.bytesRead
      onBytes?.(read.bytesRead)
    }
  } finally {
    await handle.close()
  }
}

function unreadable(source: string, error: unknown): never {
  throw new ApiError('invalid', `${source} cannot be read: ${codeOf(error)}`, { cause: error })
}
