/** Adds a whole file to a hash without holding it. */
import type { Hash } from 'node:crypto'
import { open } from 'node:fs/promises'

const chunkBytes = 256 * 1024

/** Errors: those of opening and reading the file, or the signal's reason. */
export async function hashFile(path: string, hash: Hash, signal?: AbortSignal): Promise<void> {
  // One buffer for all of it: a stream makes one for each chunk, and they pile up until they are collected.
  const buffer = Buffer.allocUnsafeSlow(chunkBytes)
  const file = await open(path)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
