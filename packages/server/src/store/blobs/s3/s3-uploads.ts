/** Uploads to S3: full parts go there as they come, the begun part waits on the local disk. */
import { createHash, type Hash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError } from '@slipway/contract'
import { failedWith, makeFolder, writeDurably } from '../../durable-file.ts'
import type { UploadPart, UploadState } from '../blob-store.ts'
import { digestMismatch, digestOf, digestOfStream, offsetMismatch, uploadIdOf } from '../digest.ts'
import { diskError } from '../files/write-bytes.ts'
import { PartGate, withSignal, type PartTurn } from '../part-gate.ts'
import { RecentMap } from '../recent-map.ts'
import { PartWriter } from './part-writer.ts'
import { blobKey, incomingKey, uploadKey } from './s3-keys.ts'
import type { S3Objects, StoredPart } from './s3-objects.ts'

/** What the object `uploads/<id>` says. */
interface Announced {
  digest: string
  sizeBytes: number
  /** S3's own name for the upload in parts. */
  uploadId: string
}

interface Standing {
  state: UploadState
  uploadId: string
  /** Undefined once S3 has put the parts together. */
  parts: StoredPart[] | undefined
  partsBytes: number
}

/** A hash as far as this process has seen all bytes. */
interface Progress {
  sizeBytes: number
  hash: Hash
}

export class S3Uploads {
  readonly #objects: S3Objects
  readonly #dir: string
  readonly #gate = new PartGate()
  readonly #progress = new RecentMap<Progress>()
  /** Answers a client that did not hear of its last part. */
  readonly #finished = new RecentMap<UploadState>()

  /** `dir` is a local folder for the bytes of begun parts; without it they are sent again. */
  constructor(objects: S3Objects, dir: string) {
    this.#objects = objects
    this.#dir = dir
  }

  async start(digest: string, sizeBytes: number): Promise<UploadState> {
    const id = uploadIdOf(digest, sizeBytes)
    this.#finished.delete(id)
    const standing = (await this.#find(id)) ?? (await this.#begin(id, { digest, sizeBytes }))
    if (standing.state.offset < sizeBytes) return standing.state
    return this.#gate.take(id, () => this.#finish(standing))
  }

  async find(id: string): Promise<UploadState | undefined> {
    if (!/^[0-9a-f]{64}$/.test(id)) return undefined
    return (await this.#find(id))?.state ?? this.#finished.get(id)
  }

  append(part: UploadPart, signal?: AbortSignal): Promise<UploadState> {
    return this.#gate.take(part.id, async (turn) => {
      const standing = await this.#existing(part.id)
      if (part.offset !== standing.state.offset) throw offsetMismatch(standing.state, part.offset)
      const after = await this.#write(standing, part, withSignal(turn, signal)).catch((error: unknown) =>
        this.#failed(standing, error),
      )
      return after.state.offset < after.state.sizeBytes ? after.state : this.#finish(after)
    })
  }

  /** Forgets uploads that nobody has continued since. */
  async collect(olderThan: Date): Promise<void> {
    for await (const { key, modifiedAt } of this.#objects.list(uploadKey(''))) {
      const id = key.slice(uploadKey('').length)
      if (modifiedAt >= olderThan || this.#gate.isBusy(id)) continue
      const standing = await this.#find(id)
      if (standing) await this.#discard(standing)
    }
  }

  close(): Promise<void> {
    return this.#gate.close()
  }

  async #begin(id: string, announced: Omit<Announced, 'uploadId'>): Promise<Standing> {
    const uploadId = await this.#objects.begin(incomingKey(id))
    await this.#announce(id, { ...announced, uploadId })
    const state = { id, ...announced, offset: 0, complete: false }
    return { state, uploadId, parts: [], partsBytes: 0 }
  }

  /** Also says that the upload is being continued, by the time of the object. */
  async #announce(id: string, announced: Announced): Promise<void> {
    await this.#objects.put(uploadKey(id), Buffer.from(JSON.stringify(announced)))
  }

  async #existing(id: string): Promise<Standing> {
    const standing = /^[0-9a-f]{64}$/.test(id) ? await this.#find(id) : undefined
    if (standing === undefined) throw new ApiError('not-found', `there is no upload ${id}`)
    return standing
  }

  async #find(id: string): Promise<Standing | undefined> {
    const text = await this.#objects.getText(uploadKey(id))
    if (text === undefined) return undefined
    const { digest, sizeBytes, uploadId } = JSON.parse(text) as Announced
    const parts = await this.#objects.parts(incomingKey(id), uploadId)
    if (parts === undefined) return this.#findWhole({ id, digest, sizeBytes, uploadId })
    const partsBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
    const rest = await this.#readRest(id, partsBytes)
    const state = { id, digest, sizeBytes, offset: partsBytes + rest.length, complete: false }
    return { state, uploadId, parts, partsBytes }
  }

  /** A crash came after S3 had put the parts together; without its parts and without the whole, the upload is lost. */
  async #findWhole({
    id,
    digest,
    sizeBytes,
    uploadId,
  }: Announced & { id: string }): Promise<Standing | undefined> {
    const whole = await this.#objects.head(incomingKey(id))
    if (whole?.ContentLength !== sizeBytes) return undefined
    const state = { id, digest, sizeBytes, offset: sizeBytes, complete: false }
    return { state, uploadId, parts: undefined, partsBytes: sizeBytes }
  }

  async #write(standing: Standing, { source }: UploadPart, turn: PartTurn): Promise<Standing> {
    const { state, uploadId, parts = [], partsBytes } = standing
    const hash = this.#hashAt(state)
    const putPart = async (bytes: Buffer) => {
      parts.push(
        await this.#objects.putPart(incomingKey(state.id), uploadId, { number: parts.length + 1, bytes }),
      )
    }
    const rest = await this.#readRest(state.id, partsBytes)
    const writer = new PartWriter({ sizeBytes: state.sizeBytes, offset: partsBytes, rest, hash, putPart })
    try {
      await writer.write(source, turn)
    } finally {
      // What came is kept, whatever ended the part.
      await this.#keep(standing, writer, hash)
    }
    const offset = writer.storedBytes + writer.rest.length
    return { ...standing, state: { ...state, offset }, parts, partsBytes: writer.storedBytes }
  }

  async #keep({ state, uploadId }: Standing, writer: PartWriter, hash: Hash | undefined): Promise<void> {
    const { id, digest, sizeBytes } = state
    if (writer.rest.length > 0) {
      await makeFolder(this.#folder(id))
      await writeDurably(this.#restPath(id, writer.storedBytes), writer.rest)
    }
    this.#progress.delete(id)
    if (hash) this.#progress.set(id, { sizeBytes: writer.storedBytes + writer.rest.length, hash })
    await this.#announce(id, { digest, sizeBytes, uploadId })
  }

  /** A copy, undefined when this process has not seen all bytes. */
  #hashAt({ id, offset }: UploadState): Hash | undefined {
    if (offset === 0) return createHash('sha256')
    const known = this.#progress.get(id)
    return known?.sizeBytes === offset ? known.hash.copy() : undefined
  }

  /** Puts the parts together aside, verifies them, and only then gives them their name. */
  async #finish({ state, uploadId, parts }: Standing): Promise<UploadState> {
    const { id, digest, sizeBytes } = state
    const aside = incomingKey(id)
    if (sizeBytes === 0) await this.#objects.put(aside, Buffer.alloc(0))
    else if (parts) await this.#objects.complete(aside, uploadId, parts)
    const found = await this.#digestOf(state)
    if (found === digest) await this.#objects.copy(aside, blobKey(digest), sizeBytes)
    await this.#discard({ state, uploadId })
    if (found !== digest) throw digestMismatch(digest, found)
    const complete = { ...state, offset: sizeBytes, complete: true }
    this.#finished.set(id, complete)
    return complete
  }

  /** From the hash that went along, or by reading everything back when the upload was continued after a restart. */
  async #digestOf(state: UploadState): Promise<string> {
    const hash = this.#hashAt({ ...state, offset: state.sizeBytes })
    if (hash) return digestOf(hash.digest('hex'))
    const stored = await this.#objects.get(incomingKey(state.id))
    if (stored === undefined) throw new ApiError('unavailable', `the object store lost upload ${state.id}`)
    return digestOfStream(stored)
  }

  async #failed(standing: Standing, error: unknown): Promise<never> {
    if (error instanceof ApiError && error.code === 'too-large') await this.#discard(standing)
    throw diskError(error)
  }

  async #discard({ state, uploadId }: Pick<Standing, 'state' | 'uploadId'>): Promise<void> {
    this.#progress.delete(state.id)
    await this.#objects.abort(incomingKey(state.id), uploadId)
    await this.#objects.delete(incomingKey(state.id))
    await this.#objects.delete(uploadKey(state.id))
    await rm(this.#folder(state.id), { recursive: true, force: true })
  }

  /** The rest that belongs behind these parts; one that was kept behind others is of no use. */
  async #readRest(id: string, partsBytes: number): Promise<Buffer> {
    try {
      return await readFile(this.#restPath(id, partsBytes))
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return Buffer.alloc(0)
      throw error
    }
  }

  #folder(id: string): string {
    return join(this.#dir, id)
  }

  #restPath(id: string, partsBytes: number): string {
    return join(this.#folder(id), `${partsBytes}.rest`)
  }
}
