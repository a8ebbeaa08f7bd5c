/** Builds an image: environment, model layers, application layer, manifest. */
import type { BuildStage, Environment, EnvironmentSpec, Image, Layer } from '@slipway/contract'
import type { ResourceStore } from '../store/resource-store.ts'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import type { ImageResource } from './image-document.ts'
import { applicationLayer } from './application-layer.ts'
import { readModel } from './model-content.ts'
import { modelLayer } from './model-layer.ts'
import { manifestDigest } from './manifest.ts'
import { versionMismatches } from './version-mismatches.ts'

export interface BuildTools {
  store: ResourceStore
  blobs: BlobStore
  /** Resolves and builds the environment, once for equal ones; its output goes to `log`. */
  ensureEnvironment(
    request: { workspace: string; spec: EnvironmentSpec; log(text: string): void },
    signal: AbortSignal,
  ): Promise<Resolved & { environment: Environment }>
}

/** What the conda file of this image says; others that lock to the same packages share the environment, not this. */
type Resolved = Pick<Image['status'], 'variables' | 'provided' | 'warnings'>

export interface BuildContext {
  log(text: string): void
  /** Told what is being done from now on. */
  enter(stage: BuildStage): Promise<void>
  signal: AbortSignal
}

export interface BuiltImage extends Resolved {
  digest: string
  environment: Environment
  layers: Layer[]
}

/** Errors: `unsatisfiable` and others of the environment, `invalid` for a schema file that is none. */
export async function buildImage(
  tools: BuildTools,
  image: ImageResource,
  context: BuildContext,
): Promise<BuiltImage> {
  const { spec, metadata } = image
  await context.enter('environment')
  const { environment, ...resolved } = await tools.ensureEnvironment(
    { workspace: metadata.workspace, spec: spec.environment, log: context.log },
    context.signal,
  )
  await context.enter('layers')
  const models = await Promise.all(
    spec.models.map((text) => readModel(tools.store, metadata.workspace, text)),
  )
  const mismatches = versionMismatches(models, environment.status.packages)
  const layers: Layer[] = []
  for (const model of models) layers.push(await modelLayer(tools, model, context.signal))
  layers.push(await applicationLayer(tools.blobs, spec, context.signal))
  for (const layer of layers) context.log(describeLayer(layer))
  const warnings = [...resolved.warnings, ...mismatches]
  for (const warning of warnings) context.log(`warning: ${warning}`)
  const digest = manifestDigest(spec, { layers, environment, variables: resolved.variables })
  return { ...resolved, digest, environment, layers, warnings }
}

function describeLayer({ kind, digest, sizeBytes, model, reused }: Layer): string {
  const what = model === undefined ? kind : `${kind} ${model}`
  return `${reused ? 'reused' : 'wrote'} layer ${what}: ${sizeBytes} bytes, ${digest}`
}
