/**
 * The layer of a model version: an uncompressed tar, so that its bytes are those of the model's own blobs with headers
 * between. Only its digest is kept; the bytes are made again when somebody pulls them, and a model is stored once.
 */
import { Writable } from 'node:stream'
import type { Layer } from '@slipway/contract'
import { writeLayer, type LayerEntry } from '@slipway/oci'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { appRoot } from './application-layer.ts'
import type { ModelContent } from './model-content.ts'

interface LayerDigest {
  digest: string
  sizeBytes: number
}

interface ModelLayerTools {
  store: ResourceStore
  blobs: BlobStore
}

/** Computed once per content, name and version. */
export async function modelLayer(
  tools: ModelLayerTools,
  model: ModelContent,
  signal: AbortSignal,
): Promise<Layer> {
  const key = { kind: 'model-layer', workspace: 'shared', name: `${model.reference}/${model.digest}` }
  const known = await tools.store.find<LayerDigest>(key)
  const layer = known?.spec ?? (await hashLayer(tools.blobs, model, signal))
  if (!known) await rememberLayer(tools.store, key, layer)
  const { digest, sizeBytes } = layer
  return {
    kind: 'model',
    digest,
    diffId: digest,
    sizeBytes,
    model: model.reference,
    reused: known !== undefined,
  }
}

async function hashLayer(blobs: BlobStore, model: ModelContent, signal: AbortSignal): Promise<LayerDigest> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const { digest, sizeBytes } = await writeLayer(
    modelEntries(blobs, model),
    { compression: 'none', signal },
    nowhere,
  )
  return { digest, sizeBytes }
}

/** Files of a model where `get_model_path` looks for them. */
function modelEntries(blobs: BlobStore, { name, version, files }: ModelContent): LayerEntry[] {
  return files.map(({ path, executable, sizeBytes, digest }) => ({
    kind: 'file',
    path: `${appRoot}/azureml-models/${name}/${version}/${path}`,
    executable,
    sizeBytes,
    open: () => blobs.read(digest),
  }))
}

/** Two builds may find out the same at the same time; the first to write is right, and so is the second. */
async function rememberLayer(
  store: ResourceStore,
  key: { kind: string; workspace: string; name: string },
  spec: LayerDigest,
): Promise<void> {
  await store.transaction(async (tx) => {
    if (!(await tx.find(key))) await tx.create({ ...key, spec, status: {} })
  })
}
