/** Reproducible layers: the same entries give the same bytes on any machine, in one pass and flat memory. */
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { createDigester } from './digest.ts'
import type { Digest } from './digest.ts'
import { OciError } from './errors.ts'
import { arrangeEntries } from './layer-entry.ts'
import type { FileEntry, LayerEntry } from './layer-entry.ts'
import { blockBytes, encodeHeader, endOfArchive, padding } from './tar-header.ts'

export type LayerCompression = 'none' | 'gzip'

export interface LayerOptions {
  compression: LayerCompression
  /** Of gzip, 1 (fast, the default) to 9 (small). */
  level?: number
  signal?: AbortSignal
}

export interface WrittenLayer {
  /** Of the bytes written: names the blob. */
  digest: Digest
  /** Of the tar archive before compression: names the content in the image's config. */
  diffId: Digest
  /** Bytes written. */
  sizeBytes: number
  /** Bytes of the tar archive before compression. */
  rawSizeBytes: number
}

/**
 * Writes entries as a layer and ends the sink. Owner, group and time are 0, modes 755 and 644, order is by path.
 * After a failure the sink is destroyed. Errors: `invalid-path`, `path-conflict`, `size-mismatch`.
 */
export async function writeLayer(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  options: LayerOptions,
  sink: Writable,
): Promise<WrittenLayer> {
  const raw = createDigester()
  const arranged = await arrange(entries, sink)
  const archive = raw.through(archiveOf(arranged))
  const { signal } = options
  if (options.compression === 'none') {
    await pipeline(archive, sink, { signal })
    const diffId = raw.digest()
    return { digest: diffId, diffId, sizeBytes: raw.sizeBytes(), rawSizeBytes: raw.sizeBytes() }
  }
  const packed = createDigester()
  const gzip = createGzip({ level: options.level ?? 1, chunkSize: 256 * 1024 })
  await pipeline(archive, gzip, (source) => packed.through(withoutPlatform(source)), sink, { signal })
  return {
    digest: packed.digest(),
    diffId: raw.digest(),
    sizeBytes: packed.sizeBytes(),
    rawSizeBytes: raw.sizeBytes(),
  }
}

async function arrange(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  sink: Writable,
): Promise<LayerEntry[]> {
  try {
    return await arrangeEntries(entries)
  } catch (error) {
    sink.destroy()
    throw error
  }
}

/** The tenth byte of a gzip header names the operating system: 255 is "unknown", the same everywhere. */
async function* withoutPlatform(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let offset = 0
  for await (const chunk of source) {
    if (offset <= 9 && 9 < offset + chunk.byteLength) chunk[9 - offset] = 255
    offset += chunk.byteLength
    yield chunk
  }
}

async function* archiveOf(entries: readonly LayerEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    switch (entry.kind) {
      case 'directory':
        yield encodeHeader({ path: `${entry.path}/`, kind: 'directory', mode: 0o755, sizeBytes: 0 })
        break
      case 'symlink':
        yield encodeHeader({ ...entry, mode: 0o777, sizeBytes: 0 })
        break
      case 'file':
        yield* fileBlocks(entry)
        break
    }
  }
  yield endOfArchive
}

async function* fileBlocks(entry: FileEntry): AsyncGenerator<Uint8Array> {
  const sizeBytes = 'contents' in entry ? entry.contents.byteLength : entry.sizeBytes
  const header = encodeHeader({
    path: entry.path,
    kind: 'file',
    mode: entry.executable ? 0o755 : 0o644,
    sizeBytes,
  })
  if ('contents' in entry) {
    yield Buffer.concat([header, entry.contents, padding(sizeBytes)])
    return
  }
  yield header
  yield* exactly(entry.path, sizeBytes, await entry.open())
  if (sizeBytes % blockBytes > 0) yield padding(sizeBytes)
}

/** Passes on the bytes of a file that must be as long as its header says. */
async function* exactly(
  path: string,
  sizeBytes: number,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of source) {
    seen += chunk.byteLength
    if (seen > sizeBytes) break
    yield chunk
  }
  if (seen !== sizeBytes)
    throw new OciError(
      'size-mismatch',
      `${path} must have the ${sizeBytes} bytes announced, and has ${seen > sizeBytes ? 'more' : seen}`,
    )
}
