/** A BlobStore in an S3 bucket, for more than one server; load it only when it is configured. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { failedWith, makeFolder } from '../../durable-file.ts'
import { createSerial } from '../../serial.ts'
import type {
  BlobStat,
  BlobStore,
  Collected,
  CollectOptions,
  ListedBlob,
  ReadOptions,
  StoredBlob,
  UploadPart,
  UploadState,
} from '../blob-store.ts'
import { blobNotFound, completeUpload, digestOf, verified } from '../digest.ts'
import { openFileBlobStore } from '../files/file-blob-store.ts'
import { missingAmong } from '../missing-among.ts'
import { partBytesOf, smallestPartBytes } from './part-size.ts'
import { blobKey, blobsPrefix, offerKey } from './s3-keys.ts'
import { S3Objects, type S3Connection, type StoredPart } from './s3-objects.ts'
import { S3Uploads } from './s3-uploads.ts'

export interface S3Options extends S3Connection {
  /** Local folder for copies that programs read, and for parts that are not full yet. */
  cacheDir: string
}

/** Requests under way at the same time for one question. */
const batch = 32

/** Errors: `unavailable` when the bucket cannot be reached. */
export async function openS3BlobStore({ cacheDir, ...connection }: S3Options): Promise<BlobStore> {
  const objects = new S3Objects(connection)
  await objects.checkBucket().catch((error: unknown) => {
    objects.close()
    throw error
  })
  const uploadsDir = join(cacheDir, 'uploads')
  await makeFolder(uploadsDir)
  const cache = await openFileBlobStore(join(cacheDir, 'blobs'))
  return new S3BlobStore({ objects, cache, uploads: new S3Uploads(objects, uploadsDir) })
}

interface Parts {
  objects: S3Objects
  /** Local copies of some of the blobs. */
  cache: BlobStore
  uploads: S3Uploads
}

class S3BlobStore implements BlobStore {
  readonly #objects: S3Objects
  readonly #cache: BlobStore
  readonly #uploads: S3Uploads
  /** Offering a blob again and collecting it exclude each other, in this server. */
  readonly #serial = createSerial()
  readonly #downloads = new Map<string, Promise<string>>()

  constructor({ objects, cache, uploads }: Parts) {
    this.#objects = objects
    this.#cache = cache
    this.#uploads = uploads
  }

  missing(digests: readonly string[]): Promise<string[]> {
    const find = (asked: readonly string[]) =>
      this.#serial(() => Promise.all(asked.map((digest) => this.#offer(digest))))
    return missingAmong(digests, batch, find)
  }

  async stat(digest: string): Promise<BlobStat | undefined> {
    const found = await this.#objects.head(blobKey(digest))
    return found && { sizeBytes: found.ContentLength ?? 0 }
  }

  async read(digest: string, { offset = 0, signal }: ReadOptions = {}): Promise<Readable> {
    signal?.throwIfAborted()
    const found = await this.stat(digest)
    if (found === undefined) throw blobNotFound(digest)
    // S3 refuses to read nothing.
    const bytes =
      offset < found.sizeBytes ? await this.#objects.get(blobKey(digest), offset, signal) : Readable.from([])
    if (bytes === undefined) throw blobNotFound(digest)
    const stream = offset === 0 ? verified(bytes, digest) : bytes
    return signal ? addAbortSignal(signal, stream) : stream
  }

  /** Downloads once, however many ask; when the one who began gives up, the next begins. */
  async localPath(digest: string, signal: AbortSignal): Promise<string> {
    for (let running = this.#downloads.get(digest); running; running = this.#downloads.get(digest)) {
      const path = await running.catch(() => undefined)
      if (path !== undefined) return path
    }
    signal.throwIfAborted()
    const download = this.#download(digest, signal).finally(() => this.#downloads.delete(digest))
    this.#downloads.set(digest, download)
    return download
  }

  async put(source: Readable | Uint8Array, options?: { digest?: string | undefined }): Promise<StoredBlob> {
    const stored = await this.#cache.put(source, options)
    const path = await this.#cache.localPath(stored.digest, new AbortController().signal)
    await this.#uploadFile(path, stored)
    return stored
  }

  async startUpload(digest: string, sizeBytes: number): Promise<UploadState> {
    const stored = await this.#serial(() => this.#offer(digest))
    return stored ? completeUpload(digest, stored.sizeBytes) : this.#uploads.start(digest, sizeBytes)
  }

  upload(id: string): Promise<UploadState | undefined> {
    return this.#uploads.find(id)
  }

  append(part: UploadPart, signal?: AbortSignal): Promise<UploadState> {
    return this.#uploads.append(part, signal)
  }

  async *list(): AsyncGenerator<ListedBlob> {
    for await (const { key, ...rest } of this.#objects.list(blobsPrefix)) {
      yield { digest: digestOf(key.slice(key.lastIndexOf('/') + 1)), ...rest }
    }
  }

  async remove(digest: string): Promise<void> {
    await this.#serial(() => this.#delete(digest))
    await this.#cache.remove(digest)
  }

  async collect(options: CollectOptions): Promise<Collected> {
    const { inUse, olderThan, signal } = options
    const collected: Collected = { removed: [], freedBytes: 0 }
    for await (const { digest, modifiedAt, sizeBytes } of this.list()) {
      signal.throwIfAborted()
      if (modifiedAt >= olderThan || (await inUse(digest))) continue
      if (!(await this.#serial(() => this.#deleteOld(digest, olderThan)))) continue
      collected.removed.push(digest)
      collected.freedBytes += sizeBytes
    }
    await this.#uploads.collect(olderThan)
    await this.#cache.collect(options)
    return collected
  }

  async close(): Promise<void> {
    await this.#uploads.close()
    await this.#cache.close()
    this.#objects.close()
  }

  async #download(digest: string, signal: AbortSignal): Promise<string> {
    const kept = await this.#cache.localPath(digest, signal).catch((error: unknown) => {
      if (failedWith(error, 'not-found', 'corrupted')) return undefined
      throw error
    })
    if (kept !== undefined) return kept
    await this.#cache.put(await this.read(digest, { signal }), { digest })
    return this.#cache.localPath(digest, signal)
  }

  async #uploadFile(path: string, { digest, sizeBytes }: StoredBlob): Promise<void> {
    const file = await open(path, 'r')
    try {
      const piece = async (start: number, size: number) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, start)
        return buffer.subarray(0, bytesRead)
      }
      if (sizeBytes <= smallestPartBytes) await this.#objects.put(blobKey(digest), await piece(0, sizeBytes))
      else await this.#uploadPieces(digest, sizeBytes, piece)
    } finally {
      await file.close()
    }
  }

  async #uploadPieces(
    digest: string,
    sizeBytes: number,
    piece: (start: number, size: number) => Promise<Buffer>,
  ): Promise<void> {
    const key = blobKey(digest)
    const uploadId = await this.#objects.begin(key)
    try {
      const parts: StoredPart[] = []
      const partBytes = partBytesOf(sizeBytes)
      for (let start = 0; start < sizeBytes; start += partBytes) {
        const bytes = await piece(start, Math.min(partBytes, sizeBytes - start))
        parts.push(await this.#objects.putPart(key, uploadId, { number: parts.length + 1, bytes }))
      }
      await this.#objects.complete(key, uploadId, parts)
    } catch (error) {
      await this.#objects.abort(key, uploadId)
      throw error
    }
  }

  /** Marks a blob as wanted now: first the mark, then the look, so that a collector sees the one or we the other. */
  async #offer(digest: string): Promise<BlobStat | undefined> {
    const found = await this.stat(digest)
    if (found === undefined) return undefined
    await this.#objects.put(offerKey(digest), Buffer.alloc(0), { at: new Date().toISOString() })
    return this.stat(digest)
  }

  async #deleteOld(digest: string, olderThan: Date): Promise<boolean> {
    const offer = await this.#objects.head(offerKey(digest))
    if (Date.parse(offer?.Metadata?.['at'] ?? '') >= olderThan.getTime()) return false
    await this.#delete(digest)
    return true
  }

  async #delete(digest: string): Promise<void> {
    await this.#objects.delete(blobKey(digest))
    await this.#objects.delete(offerKey(digest))
  }
}
