/** Uploads in files: a folder each, in which the size of the bytes says how far it is. */
import { constants } from 'node:fs'
import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises'
import { ApiError } from '@slipway/contract'
import { failedWith, makeFolder, publishFile, removeDurably, writeDurably } from '../../durable-file.ts'
import type { UploadPart, UploadState } from '../blob-store.ts'
import { digestMismatch, digestOf, offsetMismatch, uploadIdOf } from '../digest.ts'
import { PartGate, withSignal, type PartTurn } from '../part-gate.ts'
import { RecentMap } from '../recent-map.ts'
import type { BlobPaths } from './blob-paths.ts'
import { hashFile } from './hash-file.ts'
import { diskError, noProgress, writeBytes, type Progress } from './write-bytes.ts'

const writeOrCreate = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

interface Announced {
  digest: string
  sizeBytes: number
}

export class FileUploads {
  readonly #paths: BlobPaths
  readonly #gate = new PartGate()
  /** Hashes of uploads as far as this process wrote them. */
  readonly #progress = new RecentMap<Progress>()
  /** Answers a client that did not hear of its last part. */
  readonly #finished = new RecentMap<UploadState>()

  constructor(paths: BlobPaths) {
    this.#paths = paths
  }

  /** A blob that is there already is the caller's to find. */
  async start(digest: string, sizeBytes: number): Promise<UploadState> {
    const id = uploadIdOf(digest, sizeBytes)
    this.#finished.delete(id)
    const { folder, state } = this.#paths.upload(id)
    if ((await this.find(id)) === undefined) {
      await makeFolder(folder)
      await writeDurably(state, JSON.stringify({ digest, sizeBytes } satisfies Announced)).catch(rethrow)
    }
    const upload = await this.#existing(id)
    return upload.offset === sizeBytes ? this.#finishWhole(upload) : upload
  }

  /** A finished upload belongs to its blob: see `finished`. */
  async find(id: string): Promise<UploadState | undefined> {
    if (!/^[0-9a-f]{64}$/.test(id)) return undefined
    const { state, bytes } = this.#paths.upload(id)
    try {
      const { digest, sizeBytes } = JSON.parse(await readFile(state, 'utf8')) as Announced
      return { id, digest, sizeBytes, offset: await sizeOf(bytes), complete: false }
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return undefined
      throw error
    }
  }

  finished(id: string): UploadState | undefined {
    return this.#finished.get(id)
  }

  append(part: UploadPart, signal?: AbortSignal): Promise<UploadState> {
    return this.#gate.take(part.id, async (turn) => {
      const upload = await this.#existing(part.id)
      if (part.offset !== upload.offset) throw offsetMismatch(upload, part.offset)
      const progress = await this.#write(upload, part, withSignal(turn, signal)).catch((error: unknown) =>
        this.#failed(upload.id, error),
      )
      if (progress.sizeBytes < upload.sizeBytes) return { ...upload, offset: progress.sizeBytes }
      return this.#finish(upload, progress)
    })
  }

  /** Forgets uploads that nobody has continued since. */
  async collect(olderThan: Date): Promise<void> {
    for (const id of await readdir(this.#paths.uploads)) {
      const { folder, bytes } = this.#paths.upload(id)
      const touched = await stat(bytes).catch(() => stat(folder))
      if (touched.mtime >= olderThan || this.#gate.isBusy(id)) continue
      this.#progress.delete(id)
      await removeDurably(folder)
    }
  }

  async close(): Promise<void> {
    await this.#gate.close()
  }

  async #existing(id: string): Promise<UploadState> {
    const upload = await this.find(id)
    if (upload === undefined) throw new ApiError('not-found', `there is no upload ${id}`)
    return upload
  }

  /** All bytes are there, because there are none or because a crash came before the end. */
  #finishWhole(upload: UploadState): Promise<UploadState> {
    return this.#gate.take(upload.id, async () => {
      const file = await open(this.#paths.upload(upload.id).bytes, writeOrCreate, 0o600)
      await syncAndClose(file)
      return this.#finish(upload, await this.#progressAt(upload))
    })
  }

  /** What came is kept and synced, whatever ends the part; but a part that fills the disk leaves nothing. */
  async #write(upload: UploadState, part: UploadPart, turn: PartTurn): Promise<Progress> {
    const file = await open(this.#paths.upload(upload.id).bytes, writeOrCreate, 0o600)
    try {
      const before = await this.#progressAt(upload)
      const progress = { sizeBytes: before.sizeBytes, hash: before.hash.copy() }
      const options = { ...turn, maxBytes: upload.sizeBytes }
      await writeBytes({ file, progress }, part.source, options).catch(async (error: unknown) => {
        if (isDiskFull(error)) await file.truncate(upload.offset)
        else this.#progress.set(upload.id, progress)
        throw error
      })
      this.#progress.set(upload.id, progress)
      return progress
    } finally {
      await syncAndClose(file)
    }
  }

  /** The hash this process has, or that of the bytes another one left. */
  async #progressAt({ id, offset }: UploadState): Promise<Progress> {
    const known = this.#progress.get(id)
    if (known?.sizeBytes === offset) return known
    const progress = noProgress()
    if (offset === 0) return progress
    await hashFile(this.#paths.upload(id).bytes, progress.hash)
    return { sizeBytes: offset, hash: progress.hash }
  }

  /** An upload of more bytes than announced can never be right. */
  async #failed(id: string, error: unknown): Promise<never> {
    if (error instanceof ApiError && error.code === 'too-large') {
      this.#progress.delete(id)
      await removeDurably(this.#paths.upload(id).folder)
    }
    throw diskError(error)
  }

  async #finish(upload: UploadState, progress: Progress): Promise<UploadState> {
    const { folder, bytes } = this.#paths.upload(upload.id)
    this.#progress.delete(upload.id)
    const found = digestOf(progress.hash.digest('hex'))
    if (found !== upload.digest) {
      await removeDurably(folder)
      throw digestMismatch(upload.digest, found)
    }
    await publishFile(bytes, this.#paths.blob(upload.digest))
    await removeDurably(folder)
    const complete = { ...upload, offset: upload.sizeBytes, complete: true }
    this.#finished.set(upload.id, complete)
    return complete
  }
}

function isDiskFull(error: unknown): boolean {
  return diskError(error) !== error
}

async function syncAndClose(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return 0
    throw error
  }
}

function rethrow(error: unknown): never {
  throw diskError(error)
}
