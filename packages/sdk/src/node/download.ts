/** Downloads a model: file by file, going on where it stopped, checked against its digests. */
import { ApiError, type FileEntry, type Model } from '@slipway/contract'
import { createHash, type Hash } from 'node:crypto'
import { chmod, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { unreachable } from '../call.ts'
import type { Client } from '../client.ts'
import { codeOf } from './disk-error.ts'
import { feed } from './hash.ts'
import { forEachParallel, persist, Tally, type TransferOptions } from './transfer.ts'

const parallelFiles = 3

export interface DownloadOptions extends TransferOptions {
  /** Folder to put the model in; made where missing. */
  targetFolder: string
  /** Write over what is there; false unless given. */
  existOk?: boolean | undefined
}

/**
 * Brings a model to disk and returns where: `targetFolder/<file>` for a model of one file, `targetFolder/<name>` for a
 * folder. Until it is whole and verified it stands beside, under the same name with `.part`, and a later call goes on
 * from there. Errors: `conflict` where the place is taken, `digest-mismatch` where the bytes are not those registered,
 * `unavailable`, or what the server refuses with.
 */
export async function downloadModel(client: Client, model: Model, options: DownloadOptions): Promise<string> {
  const place = placeOf(model, options.targetFolder)
  if (options.existOk !== true) await refuseExisting(place.result)
  const { files } = model.spec
  const bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const progress = { phase: 'downloading', bytesDone: 0, bytesTotal, filesTotal: files.length } as const
  const tally = new Tally(options.onProgress, progress)
  const { workspace } = options
  await forEachParallel(files, { limit: parallelFiles, signal: options.signal }, async (file, signal) => {
    await downloadOne({ client, model, workspace, signal, tally }, file, place.partOf(file))
  })
  await settle(place, files)
  return place.result
}

interface ModelPlace {
  result: string
  part: string
  layout: 'file' | 'folder'
  partOf(file: FileEntry): string
}

function placeOf(model: Model, targetFolder: string): ModelPlace {
  const { layout, files } = model.spec
  const isFile = layout === 'file'
  const result = path.join(targetFolder, isFile ? (files[0]?.path ?? model.name) : model.name)
  const part = `${result}.part`
  return { result, part, layout, partOf: (file) => (isFile ? part : path.join(part, file.path)) }
}

async function refuseExisting(target: string): Promise<void> {
  if (!(await exists(target))) return
  const hint = 'Choose another folder, or write over it with --exist-ok.'
  throw new ApiError('conflict', `${target} already exists`, { hint })
}

async function exists(target: string): Promise<boolean> {
  try {
    await stat(target)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Moves what has been verified to its place; into a folder that exists, file by file. */
async function settle(place: ModelPlace, files: readonly FileEntry[]): Promise<void> {
  if (place.layout === 'file' || !(await exists(place.result))) {
    await rename(place.part, place.result)
    return
  }
  for (const file of files) {
    const target = path.join(place.result, file.path)
    await mkdir(path.dirname(target), { recursive: true })
    await rename(place.partOf(file), target)
  }
  await rm(place.part, { recursive: true })
}

interface Receiving {
  client: Client
  model: Model
  workspace: string
  signal: AbortSignal
  tally: Tally
}

async function downloadOne(receiving: Receiving, file: FileEntry, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  const draft = await resumeDraft(target, file, receiving)
  try {
    const what = () => `the download of ${file.path} stopped at ${draft.offset} of ${file.sizeBytes} bytes`
    const position = () => draft.offset
    await persist(async () => await receive(receiving, file, draft), {
      what,
      position,
      signal: receiving.signal,
    })
    await draft.handle.sync()
  } finally {
    await draft.handle.close()
  }
  await verify(file, target, draft)
  if (file.executable) await chmod(target, 0o755)
}

interface Draft {
  handle: FileHandle
  hash: Hash
  offset: number
}

/** Opens the file and hashes what an earlier download left in it; too long a rest is thrown away. */
async function resumeDraft(target: string, file: FileEntry, receiving: Receiving): Promise<Draft> {
  const { signal, tally } = receiving
  const left = (await exists(target)) ? (await stat(target)).size : 0
  if (left > file.sizeBytes) await rm(target)
  const hash = createHash('sha256')
  const offset =
    left > 0 && left <= file.sizeBytes ? await feed(hash, { source: target, sizeBytes: left }, { signal }) : 0
  tally.add(offset)
  return { handle: await open(target, 'a'), hash, offset }
}

/** True once all bytes are there; each call goes on at the draft's offset. */
async function receive(receiving: Receiving, file: FileEntry, draft: Draft): Promise<boolean> {
  if (draft.offset >= file.sizeBytes) return true
  const { client, model, workspace, signal } = receiving
  const params = { workspace, name: model.name, version: model.version }
  const query = { path: file.path, offset: draft.offset }
  const response = await client.models.download({ params, query }, { signal })
  for await (const chunk of bodyOf(response, signal)) {
    draft.hash.update(chunk)
    await draft.handle.appendFile(chunk)
    draft.offset += chunk.length
    receiving.tally.add(chunk.length)
  }
  if (draft.offset < file.sizeBytes) throw unreachable(response.url, new Error('the reply ended early'))
  return true
}

async function* bodyOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (response.body === null) return
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? error : unreachable(response.url, error)
      })
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function verify(file: FileEntry, target: string, draft: Draft): Promise<void> {
  const digest = `sha256:${draft.hash.digest('hex')}`
  if (digest === file.digest && draft.offset === file.sizeBytes) return
  await rm(target)
  throw new ApiError(
    'digest-mismatch',
    `${file.path} has digest ${digest}, but ${file.digest} was registered`,
    {
      hint: 'What had come was thrown away; run the command again.',
    },
  )
}
