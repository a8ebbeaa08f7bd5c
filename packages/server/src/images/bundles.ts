/** Opens images on this machine: layers unpacked once, shared by every replica that runs them. */
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  ApiError,
  parseReference,
  type Environment,
  type Layer,
  type Model,
  type ModelSpec,
} from '@slipway/contract'
import type { Bundle, BundleModel } from '@slipway/compute'
import { extractLayer } from '@slipway/oci'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { appRoot } from './application-layer.ts'
import type { ImageResource } from './image-document.ts'
import { fillModelFolder, isModelWhole } from './model-folder.ts'

export interface BundleTools {
  store: ResourceStore
  blobs: BlobStore
  /** Folder for what is unpacked; safe to delete while no server runs. */
  cacheDir: string
  /** Folder of the environment's packages. Errors: `unavailable` when it is gone from this machine. */
  openEnvironment(environment: Environment, signal: AbortSignal): Promise<{ siteDir: string; python: string }>
}

export interface OpenedImage {
  bundle: Bundle
  /** Environment variables that the image brings. */
  variables: Record<string, string>
}

export interface Bundles {
  /** Errors: `conflict` for an image that is not built. */
  open(image: ImageResource, signal: AbortSignal): Promise<OpenedImage>
}

export function createBundles(tools: BundleTools): Bundles {
  const running = new Map<string, Promise<string>>()
  /** Ten replicas that need a folder at the same time make it once. */
  const publish: Publish = (name, content) => {
    const target = path.join(tools.cacheDir, name)
    const known = running.get(target)
    if (known) return known
    const made = publishFolder(target, content).finally(() => running.delete(target))
    running.set(target, made)
    return made
  }
  return { open: (image, signal) => openBundle({ tools, publish, signal }, image) }
}

interface FolderContent {
  fill(folder: string): Promise<void>
  /** Whether a folder that is there can be used. */
  isWhole(folder: string): Promise<boolean>
}

type Publish = (name: string, content: FolderContent) => Promise<string>

interface Opening {
  tools: BundleTools
  publish: Publish
  signal: AbortSignal
}

async function openBundle(opening: Opening, image: ImageResource): Promise<OpenedImage> {
  const { digest, layers, environment: name, variables } = image.status
  const application = layers.find(({ kind }) => kind === 'application')
  if (digest === undefined || name === undefined || !application) {
    throw new ApiError(
      'conflict',
      `the image ${image.name}:${image.version} is not built (${image.status.state})`,
    )
  }
  const { workspace } = image.metadata
  const environment = await opening.tools.store.get({ kind: 'environment', workspace, name })
  const [appDir, models, opened] = await Promise.all([
    openApplication(opening, application),
    Promise.all(image.spec.models.map((reference) => openModel(opening, workspace, reference))),
    opening.tools.openEnvironment(environment as Environment, opening.signal),
  ])
  return { bundle: { appDir, models, digest, ...opened }, variables }
}

async function openApplication({ tools, publish, signal }: Opening, layer: Layer): Promise<string> {
  const folder = await publish(`apps/${hexOf(layer.digest)}`, {
    isWhole: exists,
    fill: async (target) => {
      await extractLayer(await tools.blobs.read(layer.digest), target, { compression: 'gzip', signal })
    },
  })
  return path.join(folder, appRoot)
}

async function openModel(
  { tools, publish, signal }: Opening,
  workspace: string,
  reference: string,
): Promise<BundleModel> {
  const { name, version = 1 } = parseReference(reference)
  const model = await tools.store.get<ModelSpec, Model['status']>({ kind: 'model', workspace, name, version })
  const { files } = model.spec
  const folder = await publish(`models/${hexOf(model.status.digest)}`, {
    isWhole: (target) => isModelWhole(target, files),
    fill: (target) => fillModelFolder(tools.blobs, { folder: target, files }, signal),
  })
  const [only] = files
  return { name, version, path: model.spec.layout === 'file' && only ? path.join(folder, only.path) : folder }
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length)
}

/** Fills a folder aside and renames it into place, so that a half-filled one is never seen. */
async function publishFolder(target: string, { fill, isWhole }: FolderContent): Promise<string> {
  if (await isWhole(target)) return target
  await mkdir(path.dirname(target), { recursive: true })
  const aside = await mkdtemp(`${target}.part-`)
  try {
    const filled = path.join(aside, 'new')
    await mkdir(filled)
    await fill(filled)
    // What is damaged is moved, not removed: replicas that have its files open keep them.
    if (await exists(target)) await rename(target, path.join(aside, 'old'))
    await rename(filled, target)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return target
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined)) !== undefined
}
