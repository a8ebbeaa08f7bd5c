/** A BlobStore in a folder: one read-only file per blob, named by its digest. */
import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, open, opendir, readdir, rm, statfs, utimes, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { ApiError } from '@slipway/contract'
import { failedWith, makeFolder, publishFile, syncFolder } from '../../durable-file.ts'
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
import { blobNotFound, completeUpload, corrupted, digestMismatch, digestOf, verified } from '../digest.ts'
import { missingAmong } from '../missing-among.ts'
import { blobPaths, type BlobPaths } from './blob-paths.ts'
import { FileUploads } from './file-uploads.ts'
import { hashFile } from './hash-file.ts'
import { diskError, noProgress, writeBytes, type Progress } from './write-bytes.ts'

const chunkBytes = 128 * 1024

/** Files looked at in one go, between which others get their turn. */
const batch = 64

/** Opens or creates the folder; one process at a time (see data-folder.ts). */
export async function openFileBlobStore(dir: string): Promise<BlobStore> {
  const paths = blobPaths(dir)
  for (const folder of [paths.blobs, paths.uploads, paths.incoming]) await makeFolder(folder)
  return new FileBlobStore(paths)
}

class FileBlobStore implements BlobStore {
  readonly #paths: BlobPaths
  readonly #uploads: FileUploads
  /** Offering a blob again and collecting it exclude each other. */
  readonly #serial = createSerial()
  /** What verified files looked like, so that a large file is not read again each time it is used. */
  readonly #verified = new Map<string, string>()

  constructor(paths: BlobPaths) {
    this.#paths = paths
    this.#uploads = new FileUploads(paths)
  }

  missing(digests: readonly string[]): Promise<string[]> {
    const find = (asked: readonly string[]) =>
      this.#serial(() => Promise.all(asked.map((digest) => this.#touch(digest))))
    return missingAmong(digests, batch, find)
  }

  async stat(digest: string): Promise<BlobStat | undefined> {
    const found = await statFile(this.#paths.blob(digest))
    return found && { sizeBytes: found.size }
  }

  async read(digest: string, { offset = 0, signal }: ReadOptions = {}): Promise<Readable> {
    signal?.throwIfAborted()
    const file = await openToRead(this.#paths.blob(digest), digest)
    const bytes = file.createReadStream({ start: offset, highWaterMark: chunkBytes })
    const stream = offset === 0 ? verified(bytes, digest) : bytes
    return signal ? addAbortSignal(signal, stream) : stream
  }

  async localPath(digest: string, signal: AbortSignal): Promise<string> {
    const path = this.#paths.blob(digest)
    const found = await statFile(path)
    if (found === undefined) throw blobNotFound(digest)
    const look = lookOf(found)
    if (this.#verified.get(digest) === look) return path
    const hash = createHash('sha256')
    await hashFile(path, hash, signal)
    const actual = digestOf(hash.digest('hex'))
    if (actual !== digest) throw corrupted(digest, actual)
    this.#verified.set(digest, look)
    return path
  }

  async put(
    source: Readable | Uint8Array,
    { digest }: { digest?: string | undefined } = {},
  ): Promise<StoredBlob> {
    const aside = this.#paths.aside()
    try {
      const { sizeBytes, hash } = await writeAside(
        aside,
        source instanceof Readable ? source : Readable.from([source]),
      )
      const found = digestOf(hash.digest('hex'))
      if (digest !== undefined && digest !== found) throw digestMismatch(digest, found)
      await this.#serial(() => publishFile(aside, this.#paths.blob(found)))
      return { digest: found, sizeBytes }
    } catch (error) {
      await rm(aside, { force: true })
      throw diskError(error)
    }
  }

  async startUpload(digest: string, sizeBytes: number): Promise<UploadState> {
    const stored = await this.#serial(() => this.#touch(digest))
    if (stored === undefined) {
      await this.#checkSpace(sizeBytes)
      return this.#uploads.start(digest, sizeBytes)
    }
    return completeUpload(digest, stored.sizeBytes)
  }

  async upload(id: string): Promise<UploadState | undefined> {
    return (await this.#uploads.find(id)) ?? this.#uploads.finished(id)
  }

  append(part: UploadPart, signal?: AbortSignal): Promise<UploadState> {
    return this.#uploads.append(part, signal)
  }

  async *list(): AsyncGenerator<ListedBlob> {
    for (const shard of (await readdir(this.#paths.blobs)).sort()) {
      for await (const { name } of await opendir(join(this.#paths.blobs, shard))) {
        const found = await statFile(join(this.#paths.blobs, shard, name))
        if (found) yield { digest: digestOf(name), sizeBytes: found.size, modifiedAt: found.mtime }
      }
    }
  }

  async remove(digest: string): Promise<void> {
    await this.#serial(() => this.#unlink(digest))
  }

  async collect({ inUse, olderThan, signal }: CollectOptions): Promise<Collected> {
    const collected: Collected = { removed: [], freedBytes: 0 }
    for await (const { digest, modifiedAt, sizeBytes } of this.list()) {
      signal.throwIfAborted()
      if (modifiedAt >= olderThan || (await inUse(digest))) continue
      if (!(await this.#serial(() => this.#unlinkOld(digest, olderThan)))) continue
      collected.removed.push(digest)
      collected.freedBytes += sizeBytes
    }
    await this.#collectAside(olderThan)
    await this.#uploads.collect(olderThan)
    return collected
  }

  async close(): Promise<void> {
    await this.#uploads.close()
  }

  /** Marks a blob as wanted now, so that it is not collected before its new user is written. */
  async #touch(digest: string): Promise<BlobStat | undefined> {
    const path = this.#paths.blob(digest)
    const found = await statFile(path)
    if (found === undefined) return undefined
    const wasVerified = this.#verified.get(digest) === lookOf(found)
    const now = new Date()
    await utimes(path, now, now)
    if (wasVerified) this.#verified.set(digest, lookOf(await lstat(path)))
    return { sizeBytes: found.size }
  }

  /** Looks at the time once more: the blob may have been offered again since it was listed. */
  async #unlinkOld(digest: string, olderThan: Date): Promise<boolean> {
    const found = await statFile(this.#paths.blob(digest))
    if (found === undefined || found.mtime >= olderThan) return false
    await this.#unlink(digest)
    return true
  }

  async #unlink(digest: string): Promise<void> {
    this.#verified.delete(digest)
    await rm(this.#paths.blob(digest), { force: true })
  }

  /** Bytes of writers that were killed. */
  async #collectAside(olderThan: Date): Promise<void> {
    for (const name of await readdir(this.#paths.incoming)) {
      const path = join(this.#paths.incoming, name)
      const found = await statFile(path)
      if (found && found.mtime < olderThan) await rm(path, { force: true })
    }
    await syncFolder(this.#paths.incoming)
  }

  async #checkSpace(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#paths.uploads)
    const freeBytes = bavail * bsize
    if (sizeBytes <= freeBytes) return
    throw new ApiError(
      'insufficient-storage',
      `the blob must fit on the disk (${sizeBytes} bytes, ${freeBytes} are free)`,
      {
        hint: 'Free space, or remove models and images that are no longer needed.',
      },
    )
  }
}

/** Never through a symbolic link, which nobody but an intruder would put there. */
async function openToRead(path: string, digest: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    throw failedWith(error, 'ENOENT', 'ELOOP') ? blobNotFound(digest) : error
  }
}

/** Regular files only. */
async function statFile(path: string): Promise<Stats | undefined> {
  try {
    const found = await lstat(path)
    return found.isFile() ? found : undefined
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined
    throw error
  }
}

function lookOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`
}

async function writeAside(path: string, source: Readable): Promise<Progress> {
  const file = await open(path, 'wx', 0o600)
  try {
    const progress = noProgress()
    await writeBytes({ file, progress }, source)
    await file.sync()
    return progress
  } finally {
    await file.close()
  }
}
