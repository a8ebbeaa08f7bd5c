/** Uploads in files: a folder each, in which the size of the bytes says how far it is. */
import { constants, createReadStream } from 'node:fs'
import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises'
import { ApiError } from '@slipway/contract'
import { failedWith, makeFolder, publishFile, removeDurably, writeDurably } from '../../durable-file.ts'
import type { UploadPart, UploadState } from '../blob-store.ts'
import { digestMismatch, digestOf, uploadIdOf } from '../digest.ts'
import { PartGate, type PartTurn } from '../part-gate.ts'
import type { BlobPaths } from './blob-paths.ts'
import { diskError, noProgress, writeBytes, type Progress } from './write-bytes.ts'

/** Ids that this process has finished, and hashes it has at hand; older ones are looked up or counted again. */
const maxKept = 1_000

const writeOrCreate = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

interface Announced {
  digest: string
  sizeBytes: number
}

export class FileUploads {
  readonly #paths: BlobPaths
  readonly #gate = new PartGate()
  /** Hashes of uploads as far as this process wrote them. */
  readonly #progress = new Map<string, Progress>()
  /** Answers a client that did not hear of its last part. */
  readonly #finished = new Map<string, UploadState>()

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
    return sizeBytes === 0 ? this.#appendNothing(id) : this.#existing(id)
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
      const progress = await this.#write(upload, part, anyOf(turn, signal)).catch(rethrow)
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

  async #appendNothing(id: string): Promise<UploadState> {
    return this.#gate.take(id, async () => this.#finish(await this.#existing(id), await this.#open(id)))
  }

  /** What came is kept and synced, whatever ends the part; but a part that is too large or fills the disk leaves nothing. */
  async #write(upload: UploadState, part: UploadPart, turn: PartTurn): Promise<Progress> {
    const file = await open(this.#paths.upload(upload.id).bytes, writeOrCreate, 0o600)
    try {
      const before = await this.#progressAt(upload)
      const progress = { sizeBytes: before.sizeBytes, hash: before.hash.copy() }
      const options = { ...turn, maxBytes: upload.sizeBytes }
      await writeBytes({ file, progress }, part.source, options).catch(async (error: unknown) => {
        if (leavesNothing(error)) await file.truncate(upload.offset)
        else keepNewest(this.#progress, upload.id, progress)
        throw error
      })
      keepNewest(this.#progress, upload.id, progress)
      return progress
    } finally {
      await syncAndClose(file)
    }
  }

  async #open(id: string): Promise<Progress> {
    const file = await open(this.#paths.upload(id).bytes, 'a', 0o600)
    await syncAndClose(file)
    return noProgress()
  }

  /** The hash this process has, or that of the bytes another one left. */
  async #progressAt({ id, offset }: UploadState): Promise<Progress> {
    const known = this.#progress.get(id)
    if (known?.sizeBytes === offset) return known
    const progress = noProgress()
    if (offset === 0) return progress
    for await (const chunk of createReadStream(this.#paths.upload(id).bytes, { highWaterMark: 2 ** 20 })) {
      progress.hash.update(chunk as Buffer)
    }
    return { sizeBytes: offset, hash: progress.hash }
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
    keepNewest(this.#finished, upload.id, complete)
    return complete
  }
}

function anyOf(turn: PartTurn, signal: AbortSignal | undefined): PartTurn {
  return signal ? { ...turn, signal: AbortSignal.any([turn.signal, signal]) } : turn
}

function keepNewest<V>(map: Map<string, V>, id: string, value: V): void {
  map.delete(id)
  map.set(id, value)
  const [oldest] = map.keys()
  if (map.size > maxKept && oldest !== undefined) map.delete(oldest)
}

function leavesNothing(error: unknown): boolean {
  return failedWith(error, 'ENOSPC', 'EDQUOT') || (error instanceof ApiError && error.code === 'too-large')
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

function offsetMismatch(upload: UploadState, offset: number): ApiError {
  return new ApiError('offset-mismatch', `the next part must start at ${upload.offset}, not at ${offset}`)
}
