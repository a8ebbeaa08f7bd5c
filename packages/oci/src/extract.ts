/** Unpacks a layer into a folder without trusting it. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { Extract } from 'tar-stream'
import { createDigester } from './digest.ts'
import type { Digest } from './digest.ts'
import { OciError } from './errors.ts'
import { SafeTree } from './safe-tree.ts'
import type { LayerCompression } from './layer.ts'

export interface ExtractOptions {
  compression: LayerCompression
  /** Entries allowed; default 1,000,000. */
  maxEntries?: number
  /** Bytes allowed after decompression, headers included; default 64 GiB. */
  maxSizeBytes?: number
  /** Writes files without write permission. */
  readOnly?: boolean
  /** What the archive must be before compression. */
  diffId?: Digest
  signal?: AbortSignal
}

export interface ExtractedLayer {
  diffId: Digest
  entries: number
  /** Bytes of the archive after decompression. */
  rawSizeBytes: number
}

/**
 * Unpacks a layer over what `targetDir` holds, which nobody else may be writing to. Whiteouts remove what lower layers
 * put there. Nothing is written, linked or removed outside of `targetDir`, also not through links that are in it.
 * After a failure the folder holds a part of the layer. Errors: `unsafe-entry` (a path or link that leads out),
 * `unsupported-entry` (devices, pipes), `limit-exceeded`, `corrupt-archive`, `digest-mismatch`.
 */
export async function extractLayer(
  source: Readable,
  targetDir: string,
  options: ExtractOptions,
): Promise<ExtractedLayer> {
  const raw = createDigester()
  const tree = new SafeTree(targetDir, { readOnly: options.readOnly ?? false })
  const archive = extract()
  const flow = pump(source, { ...options, archive, stage: (chunks) => raw.through(limited(chunks, options)) })
  // Whichever fails first destroys the streams, and so ends the other.
  const [flowed, unpacked] = await Promise.allSettled([flow, unpack(archive, tree, options)])
  throwFirst(options.signal, unpacked, flowed)
  const diffId = raw.digest()
  if (options.diffId !== undefined && options.diffId !== diffId)
    throw new OciError('digest-mismatch', `the layer must be ${options.diffId}, and is ${diffId}`)
  return { diffId, entries: tree.entries, rawSizeBytes: raw.sizeBytes() }
}

type Entry = Awaited<ReturnType<ReturnType<Extract[typeof Symbol.asyncIterator]>['next']>>['value']

interface Flow extends ExtractOptions {
  archive: Extract
  stage: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
}

async function pump(source: Readable, { archive, stage, compression, signal }: Flow): Promise<void> {
  if (compression === 'gzip') await pipeline(source, createGunzip(), stage, archive, { signal })
  else await pipeline(source, stage, archive, { signal })
}

async function unpack(archive: Extract, tree: SafeTree, options: ExtractOptions): Promise<void> {
  const maxEntries = options.maxEntries ?? 1_000_000
  for await (const entry of archive) {
    if (tree.entries >= maxEntries)
      throw new OciError('limit-exceeded', `a layer has at most ${maxEntries} entries`)
    await place(entry, tree)
    entry.resume()
  }
}

async function place(entry: Entry, tree: SafeTree): Promise<void> {
  const { header } = entry
  const target = header.linkname ?? ''
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      return await tree.file(header.name, {
        contents: entry,
        sizeBytes: header.size ?? 0,
        executable: ((header.mode ?? 0) & 0o111) !== 0,
      })
    case 'directory':
      return await tree.directory(header.name)
    case 'symlink':
      return await tree.symlink(header.name, target)
    case 'link':
      return await tree.hardLink(header.name, target)
    default:
      throw new OciError('unsupported-entry', `${header.name} must be a file, a folder or a link`)
  }
}

async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  options: ExtractOptions,
): AsyncGenerator<Uint8Array> {
  const maxSizeBytes = options.maxSizeBytes ?? 64 * 1024 ** 3
  let sizeBytes = 0
  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > maxSizeBytes)
      throw new OciError('limit-exceeded', `a layer has at most ${maxSizeBytes} bytes when unpacked`)
    yield chunk
  }
}

function throwFirst(
  signal: AbortSignal | undefined,
  ...results: readonly PromiseSettledResult<void>[]
): void {
  const errors = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length === 0) return
  signal?.throwIfAborted()
  const known = errors.find((error) => error instanceof OciError)
  if (known) throw known
  const [error] = errors
  if (isSystemError(error)) throw error
  throw new OciError('corrupt-archive', `the layer cannot be read: ${String(error)}`, { cause: error })
}

/** A full disk is no fault of the archive. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
