/** Builds an image: environment, model layers, application layer, manifest. */
import type { Environment, EnvironmentSpec, Layer } from '@slipway/contract'
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
  ensureEnvironment(request: EnvironmentRequest, signal: AbortSignal): Promise<Environment>
}

export interface EnvironmentRequest {
  workspace: string
  spec: EnvironmentSpec
  log(text: string): void
}

export interface BuildContext {
  log(text: string): void
  /** Told in one phrase what is being done. */
  progress(text: string): Promise<void>
  signal: AbortSignal
}

export interface BuiltImage {
  digest: string
  environment: Environment
  layers: Layer[]
  warnings: string[]
}

/** Errors: `unsatisfiable` and others of the environment, `invalid` for a schema file that is none. */
export async function buildImage(
  tools: BuildTools,
  image: ImageResource,
  context: BuildContext,
): Promise<BuiltImage> {
  const { spec, metadata } = image
  await context.progress('resolving the environment')
  const environment = await tools.ensureEnvironment(
    { workspace: metadata.workspace, spec: spec.environment, log: context.log },
    context.signal,
  )
  const models = await Promise.all(
    spec.models.map((text) => readModel(tools.store, metadata.workspace, text)),
  )
  const mismatches = versionMismatches(models, environment.status.packages)
  await context.progress('writing layers')
  const layers: Layer[] = []
  for (const model of models) layers.push(await modelLayer(tools, model, context.signal))
  layers.push(await applicationLayer(tools.blobs, spec, context.signal))
  for (const layer of layers) context.log(describeLayer(layer))
  const warnings = [...environment.status.warnings, ...mismatches]
  for (const warning of warnings) context.log(`warning: ${warning}`)
  return { digest: manifestDigest(spec, { layers, environment }), environment, layers, warnings }
}

function describeLayer({ kind, digest, sizeBytes, model, reused }: Layer): string {
  const what = model === undefined ? kind : `${kind} ${model}`
  return `${reused ? 'reused' : 'wrote'} layer ${what}: ${sizeBytes} bytes, ${digest}`
}
