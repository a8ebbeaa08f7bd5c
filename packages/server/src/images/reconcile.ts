/** Builds images that are not built yet, and says how it went. */
import { ApiError, type Failure, type Image, type ImageSpec, type WorkState } from '@slipway/contract'
import { withCondition } from '../reconcile/conditions.ts'
import { hasOpenOperation, reportOperations, type Outcome } from '../reconcile/operation-records.ts'
import { keyOf, type ResourceKey } from '../store/resource-store.ts'
import { buildImage, type BuildTools, type BuiltImage } from './builder.ts'
import type { ImageFeature } from './handlers.ts'
import { buildLogKey, endOfBuild, type ImageResource } from './image-document.ts'

export interface ImageReconciler extends ImageFeature, Pick<BuildTools, 'ensureEnvironment'> {
  now(): Date
}

type Status = Image['status']

/** One build at a time per image; a build that was cut off by a restart begins again. */
export async function reconcileImage(
  feature: ImageReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<undefined> {
  const image = await feature.store.find<ImageSpec, Status>(key)
  if (!image) return undefined
  if (isFinished(image.status.state)) return settle(feature, key, image.status)
  const log = buildLog(feature, image)
  const progress = (text: string) => report(feature, image, { state: 'Running', progress: text })
  await updateStatus(feature, key, (status) => ({
    ...status,
    state: 'Running',
    startedAt: feature.now().toISOString(),
  }))
  try {
    const built = await buildImage(feature, image, { log: log.write, progress, signal })
    await settle(feature, key, await finish(feature, image, built))
  } catch (error) {
    if (signal.aborted) throw error
    const failure = failureOf(error)
    log.write(failure.hint === undefined ? failure.message : `${failure.message}\n${failure.hint}`)
    await settle(feature, key, await fail(feature, key, failure))
    if (!(error instanceof ApiError) || error.status >= 500) throw error
  }
  return undefined
}

function isFinished(state: WorkState): boolean {
  return state !== 'NotStarted' && state !== 'Running'
}

/** Who sees that the operation has ended finds the whole log; what a crash kept from being said is said at the next start. */
async function settle(
  feature: ImageReconciler,
  key: ResourceKey,
  { state, error }: Status,
): Promise<undefined> {
  if (!(await hasOpenOperation(feature.store, key, 'image-create'))) return undefined
  const image = await feature.store.find<ImageSpec, Status>(key)
  if (!image) return undefined
  const succeeded = state === 'Succeeded'
  await buildLog(feature, image).end(succeeded ? 'succeeded' : 'failed')
  await report(feature, image, succeeded ? { state } : { state: 'Failed', ...(error && { error }) })
  return undefined
}

function buildLog(feature: ImageReconciler, image: ImageResource) {
  const key = buildLogKey(image.metadata.uid)
  const append = (stream: 'stdout' | 'system', text: string) =>
    feature.logs.append(key, [{ time: feature.now().toISOString(), source: 'build', stream, text }])
  return {
    write: (text: string) => void append('stdout', text),
    end: (outcome: keyof typeof endOfBuild) => append('system', endOfBuild[outcome]),
  }
}

async function finish(feature: ImageReconciler, image: ImageResource, built: BuiltImage): Promise<Status> {
  const { name, workspace } = { name: built.environment.name, workspace: image.metadata.workspace }
  const uses = image.spec.models.map((reference) => modelUse(workspace, reference))
  const finished = await feature.store.update<ImageSpec, Status>(keyOf(image), ({ status }) => ({
    status: ready(status, built, feature.now()),
    uses: [...uses, { kind: 'environment', workspace, name }],
  }))
  return finished.status
}

function modelUse(workspace: string, reference: string): ResourceKey {
  const [name = '', version] = reference.split(':')
  return { kind: 'model', workspace, name, version: Number(version) }
}

function ready(status: Status, built: BuiltImage, now: Date): Status {
  const statement = { type: 'Ready', status: 'true', reason: 'Built', message: 'the image is ready' } as const
  const { error: _, ...rest } = status
  return {
    ...rest,
    state: 'Succeeded',
    digest: built.digest,
    environment: built.environment.name,
    layers: built.layers,
    warnings: built.warnings,
    finishedAt: now.toISOString(),
    conditions: withCondition(status.conditions, statement, now),
  }
}

async function fail(feature: ImageReconciler, key: ResourceKey, error: Failure): Promise<Status> {
  const now = feature.now()
  return updateStatus(feature, key, (status) => ({
    ...status,
    state: 'Failed',
    error,
    finishedAt: now.toISOString(),
    conditions: withCondition(
      status.conditions,
      { type: 'Ready', status: 'false', reason: 'BuildFailed', message: error.message },
      now,
    ),
  }))
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError))
    return { code: 'internal', message: `the build broke off: ${String(error)}` }
  return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
}

async function updateStatus(
  feature: ImageReconciler,
  key: ResourceKey,
  change: (status: Status) => Status,
): Promise<Status> {
  const changed = await feature.store.update<ImageSpec, Status>(key, ({ status }) => ({
    status: change(status),
  }))
  return changed.status
}

async function report(feature: ImageReconciler, image: ImageResource, outcome: Outcome): Promise<void> {
  const about = { target: keyOf(image), generation: image.metadata.generation, now: feature.now() }
  await reportOperations(feature.store, about, outcome)
}
