/** What the conformance files share: a store that closes itself, and bytes to put in. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { BlobStore, UploadState } from '../blob-store.ts'

export interface OpenedBlobs {
  store: BlobStore
  /** Another store on the same place, as after a restart. */
  reopen: () => Promise<BlobStore>
  /** Changes a byte of a stored blob behind the back of the store. */
  damage: (digest: string) => Promise<void>
  /** Names of everything that is stored for uploads and writes in progress. */
  leftovers: () => Promise<string[]>
}

/** Gives an empty store. */
export type OpenBlobs = () => Promise<OpenedBlobs>

/** An empty store for this test only. */
export async function emptyBlobs(open: OpenBlobs): Promise<OpenedBlobs> {
  const opened = await open()
  onTestFinished(() => opened.store.close())
  return opened
}

/** Bytes that differ everywhere, the same for the same size and seed. */
export function someBytes(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = seed
  for (let index = 0; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

export function digestOfBytes(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** The bytes as a stream of small pieces. */
export function streamOf(bytes: Buffer, pieceBytes = 65_536): Readable {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; start += pieceBytes)
    pieces.push(bytes.subarray(start, start + pieceBytes))
  return Readable.from(pieces, { objectMode: false })
}

/** Pieces that come one by one and then, instead of an end, an error: a broken connection. */
export function brokenStream(bytes: Buffer): Readable {
  return Readable.from(
    (async function* () {
      for await (const piece of streamOf(bytes)) yield piece as Buffer
      throw new Error('connection lost')
    })(),
    { objectMode: false },
  )
}

/** A stream that stays open after these bytes, and says when they were taken. */
export function openStream(bytes: Buffer): {
  source: Readable
  taken: Promise<void>
  push: (more: Buffer | null) => void
} {
  const taken = Promise.withResolvers<undefined>()
  let begun = false
  const source = new Readable({
    read() {
      if (begun) taken.resolve(undefined)
      else this.push(bytes)
      begun = true
    },
  })
  return { source, taken: taken.promise, push: (more) => source.push(more) }
}

export async function readAll(store: BlobStore, digest: string, offset?: number): Promise<Buffer> {
  return buffer(await store.read(digest, { offset }))
}

/** Sends one part at the offset where the upload stands. */
export function send(store: BlobStore, { id, offset }: UploadState, bytes: Buffer): Promise<UploadState> {
  return store.append({ id, offset, source: streamOf(bytes) })
}
