/** Uploads files by their digest: only what the server lacks, in parts, going on where it stopped. */
import { ApiError, type FileEntry, type Upload } from '@slipway/contract'
import { open, type FileHandle } from 'node:fs/promises'
import type { Client } from '../client.ts'
import { hashFile } from './hash.ts'
import { forEachParallel, persist, Tally, type TransferOptions } from './transfer.ts'
import type { LocalFile } from './walk.ts'

/**
 * Larger parts save round trips and cost memory: fetch copies a body, and the copies wait to be collected. With this
 * size an upload stays below 200 MB.
 */
const partBytes = 2 * 2 ** 20
const parallelSmallFiles = 4
const digestsPerQuery = 1000

/**
 * Makes sure that the server holds every file, and returns the entries that name them. A broken connection is taken
 * up again from the server's offset. Errors: `invalid` for files that cannot be read or change meanwhile,
 * `unavailable` when the server stays away, or what the server refuses with.
 */
export async function uploadFiles(
  client: Client,
  files: readonly LocalFile[],
  options: TransferOptions,
): Promise<FileEntry[]> {
  const hashed = await hashAll(files, options)
  const missing = await findMissing(client, hashed, options)
  const bytesTotal = missing.reduce((sum, { entry }) => sum + entry.sizeBytes, 0)
  const progress = { phase: 'uploading', bytesDone: 0, bytesTotal, filesTotal: missing.length } as const
  const tally = new Tally(options.onProgress, progress)
  const { workspace, signal } = options
  const { small = [], large = [] } = Object.groupBy(missing, ({ entry }) =>
    entry.sizeBytes < partBytes ? 'small' : 'large',
  )
  const upload = (file: HashedFile, signal: AbortSignal) =>
    uploadOne(file, { client, workspace, signal, tally })
  // Small files wait for round trips, large ones for the disk: only the first gain from company.
  await forEachParallel(small, { limit: parallelSmallFiles, signal }, upload)
  await forEachParallel(large, { limit: 1, signal }, upload)
  return hashed.map(({ entry }) => entry)
}

interface HashedFile {
  source: string
  entry: FileEntry
}

async function hashAll(files: readonly LocalFile[], options: TransferOptions): Promise<HashedFile[]> {
  const bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const progress = { phase: 'hashing', bytesDone: 0, bytesTotal, filesTotal: files.length } as const
  const tally = new Tally(options.onProgress, progress)
  const hashed: HashedFile[] = []
  for (const { source, ...file } of files) {
    const onBytes = (count: number) => tally.add(count)
    const digest = await hashFile({ source, sizeBytes: file.sizeBytes }, { signal: options.signal, onBytes })
    hashed.push({ source, entry: { ...file, digest } })
  }
  return hashed
}

/** The files to send, one for each content. */
async function findMissing(
  client: Client,
  hashed: readonly HashedFile[],
  { workspace, signal }: TransferOptions,
): Promise<HashedFile[]> {
  const byDigest = new Map(hashed.map((file) => [file.entry.digest, file]))
  const digests = [...byDigest.keys()]
  const missing: string[] = []
  for (let start = 0; start < digests.length; start += digestsPerQuery) {
    const body = { digests: digests.slice(start, start + digestsPerQuery) }
    const reply = await client.files.missing({ params: { workspace }, body }, { signal })
    missing.push(...reply.missing)
  }
  return missing.flatMap((digest) => byDigest.get(digest) ?? [])
}

interface Sending {
  client: Client
  workspace: string
  signal: AbortSignal
  tally: Tally
}

async function uploadOne(file: HashedFile, sending: Sending): Promise<void> {
  const handle = await open(file.source)
  try {
    await sendParts(file, handle, sending)
  } catch (error) {
    throw error instanceof ApiError && error.code === 'digest-mismatch' ? changed(file, error) : error
  } finally {
    await handle.close()
  }
}

/** Asks for the upload again after each failure: the server knows how much of a broken part arrived. */
async function sendParts(file: HashedFile, handle: FileHandle, sending: Sending): Promise<void> {
  const { source, entry } = file
  // Fetch copies a body before it sends it, so that one buffer does for all parts of a file.
  const buffer = new Uint8Array(Math.min(partBytes, entry.sizeBytes))
  let counted = 0
  let upload: Upload | undefined
  const what = () => `the upload of ${source} stopped at ${counted} of ${entry.sizeBytes} bytes`
  await persist(
    async () => {
      const current = upload ?? (await startUpload(entry, sending))
      // Until the reply is here, where the upload stands is not known.
      upload = undefined
      upload = current.complete ? current : await sendPart({ handle, buffer }, current, sending)
      sending.tally.add(upload.offset - counted)
      counted = upload.offset
      if (!upload.complete && upload.offset >= entry.sizeBytes) throw unfinished(file)
      return upload.complete
    },
    { what, position: () => counted, signal: sending.signal },
  )
}

async function startUpload(entry: FileEntry, { client, workspace, signal }: Sending): Promise<Upload> {
  const body = { digest: entry.digest, sizeBytes: entry.sizeBytes }
  return await client.files.startUpload({ params: { workspace }, body }, { signal })
}

interface PartSource {
  handle: FileHandle
  buffer: Uint8Array<ArrayBuffer>
}

async function sendPart(source: PartSource, upload: Upload, sending: Sending): Promise<Upload> {
  const { client, workspace, signal } = sending
  const body = await readPart(source, upload)
  const headers = { 'upload-offset': String(upload.offset) }
  return await client.files.sendPart({ params: { workspace, upload: upload.id }, body }, { signal, headers })
}

async function readPart(
  { handle, buffer }: PartSource,
  { offset, sizeBytes }: Upload,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = buffer.subarray(0, sizeBytes - offset)
  let filled = 0
  while (filled < part.length) {
    const { bytesRead } = await handle.read(part, filled, part.length - filled, offset + filled)
    if (bytesRead === 0) throw new ApiError('digest-mismatch', `the file ends at ${offset + filled} bytes`)
    filled += bytesRead
  }
  return part
}

function changed({ source }: HashedFile, cause: ApiError): ApiError {
  const hint = 'Run the command again once nothing writes to the file.'
  return new ApiError('digest-mismatch', `${source} changed while it was uploaded`, { hint, cause })
}

function unfinished({ source }: HashedFile): ApiError {
  return new ApiError('internal', `the server holds all bytes of ${source} but does not call it complete`)
}
