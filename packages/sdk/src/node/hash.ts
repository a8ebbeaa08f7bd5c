/** Hashes files without holding them. */
import { ApiError } from '@slipway/contract'
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { codeOf } from './disk-error.ts'

const chunkBytes = 2 ** 20

export interface HashOptions {
  signal?: AbortSignal | undefined
  onBytes?: ((count: number) => void) | undefined
}

/** Digest of the file as `sha256:…`. Errors: `invalid` where it cannot be read or has not `sizeBytes` any more. */
export async function hashFile(
  file: { source: string; sizeBytes: number },
  options: HashOptions = {},
): Promise<string> {
  const hash = createHash('sha256')
  const count = await feed(hash, file.source, options)
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
export async function feed(hash: Hash, source: string, { signal, onBytes }: HashOptions): Promise<number> {
  let count = 0
  try {
    const stream = createReadStream(source, { highWaterMark: chunkBytes, ...(signal && { signal }) })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk)
      count += chunk.length
      onBytes?.(chunk.length)
    }
    return count
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw new ApiError('invalid', `${source} cannot be read: ${codeOf(error)}`, { cause: error })
  }
}
