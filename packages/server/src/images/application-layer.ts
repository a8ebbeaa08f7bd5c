/** The layer with the script and the files beside it. */
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ApiError, type FileEntry, type ImageSpec, type Layer } from '@slipway/contract'
import { writeLayer, type LayerEntry } from '@slipway/oci'
import type { BlobStore } from '../store/blobs/blob-store.ts'

/** Where the application stands in a container, as Azure had it; relative, as layers want it. */
export const appRoot = 'var/azureml-app'

/** Largest swagger document, in bytes. */
const maxSchemaBytes = 4 * 2 ** 20

/** Writes the layer into the blob store. Errors: `invalid` for a schema file that is no swagger document. */
export async function applicationLayer(
  blobs: BlobStore,
  spec: ImageSpec,
  signal: AbortSignal,
): Promise<Layer> {
  const folder = spec.sourceDirectory === undefined ? appRoot : `${appRoot}/${spec.sourceDirectory}`
  const entries: LayerEntry[] = spec.files.map((file) => fileEntry(blobs, file, folder))
  const swagger = await swaggerEntry(blobs, spec)
  if (swagger) entries.push(swagger)
  return storeLayer(blobs, withoutDuplicates(entries), signal)
}

async function storeLayer(
  blobs: BlobStore,
  entries: readonly LayerEntry[],
  signal: AbortSignal,
): Promise<Layer> {
  const pipe = new PassThrough()
  const writing = writeLayer(entries, { compression: 'gzip', signal }, pipe)
  let reused = false
  // A layer has a digest to look for once it is written, and is not stored yet before it is read to its end.
  const source = async function* () {
    yield* pipe
    reused = (await blobs.stat((await writing).digest)) !== undefined
  }
  const storing = blobs.put(Readable.from(source(), { objectMode: false }))
  try {
    const [{ digest, diffId }, { sizeBytes }] = await Promise.all([writing, storing])
    return { kind: 'application', digest, diffId, sizeBytes, reused }
  } catch (error) {
    await Promise.allSettled([writing, storing])
    throw error
  }
}

function fileEntry(blobs: BlobStore, file: FileEntry, folder: string): LayerEntry {
  const { path, executable, sizeBytes, digest } = file
  return { kind: 'file', path: `${folder}/${path}`, executable, sizeBytes, open: () => blobs.read(digest) }
}

/** The schema file stands in for a swagger.json of the application itself. */
function withoutDuplicates(entries: readonly LayerEntry[]): LayerEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()]
}

async function swaggerEntry(
  blobs: BlobStore,
  { schemaFile, files }: ImageSpec,
): Promise<LayerEntry | undefined> {
  if (schemaFile === undefined) return undefined
  const file = files.find(({ path }) => path === schemaFile)
  if (!file) throw new ApiError('invalid', `schemaFile must be one of the files (${schemaFile})`)
  if (file.sizeBytes > maxSchemaBytes) {
    throw new ApiError('invalid', `schemaFile must be at most ${maxSchemaBytes} bytes (${file.sizeBytes})`)
  }
  const contents = await buffer(await blobs.read(file.digest))
  requireSwagger(schemaFile, contents.toString('utf8'))
  return { kind: 'file', path: `${appRoot}/swagger.json`, executable: false, contents }
}

function requireSwagger(path: string, text: string): void {
  const hint = 'Give a swagger 2 or OpenAPI 3 document, or leave schemaFile out.'
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null && ('swagger' in document || 'openapi' in document))
      return
  } catch (cause) {
    throw new ApiError('invalid', `schemaFile ${path} is not JSON: ${(cause as Error).message}`, {
      cause,
      hint,
    })
  }
  throw new ApiError('invalid', `schemaFile ${path} has neither "swagger" nor "openapi"`, { hint })
}
