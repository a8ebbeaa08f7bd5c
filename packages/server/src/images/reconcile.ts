/** Builds images that are not built yet, and says how it went. */
import {
  ApiError,
  parseReference,
  type BuildStage,
  type Image,
  type ImageSpec,
  type WorkState,
} from '@slipway/contract'
import { withCondition } from '../reconcile/conditions.ts'
import { failureOf } from '../reconcile/failure.ts'
import { hasOpenOperation, reportOperations, type Outcome } from '../reconcile/operation-records.ts'
import { keyOf, type ResourceKey } from '../store/resource-store.ts'
import { openBuildLog, type BuildLog, type BuildLogTools } from './build-log.ts'
import { buildImage, type BuildTools, type BuiltImage } from './builder.ts'
import type { ImageFeature } from './handlers.ts'
import type { ImageResource } from './image-document.ts'
import { watchDeletion } from './watch-deletion.ts'

export interface ImageReconciler extends ImageFeature, BuildLogTools, Pick<BuildTools, 'ensureEnvironment'> {}

type Status = Image['status']

/** One build at a time per image; a build that was cut off by a restart begins again, and one whose image is deleted ends. */
export async function reconcileImage(
  feature: ImageReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<undefined> {
  const image = await feature.store.find<ImageSpec, Status>(key)
  if (!image) return cancel(feature, key)
  const log = openBuildLog(feature, image)
  const isGone = async () => (await feature.store.find(key)) === undefined
  try {
    await bringToEnd({ feature, image, log }, signal)
  } catch (error) {
    if (signal.aborted || !(await isGone())) throw error
  }
  if (await isGone()) await abandon(feature, key, log)
  return undefined
}

function isFinished(state: WorkState): boolean {
  return state !== 'NotStarted' && state !== 'Running'
}

/** Also for an image that was deleted while no server ran. */
async function cancel({ store, now }: ImageReconciler, target: ResourceKey): Promise<undefined> {
  const about = { target, generation: Number.MAX_SAFE_INTEGER, now: now() }
  const error = { code: 'not-found', message: 'the image was deleted' }
  await reportOperations(store, about, { state: 'Cancelled', error })
  return undefined
}

/** Nothing stays of a build whose image is gone: who deleted it may have removed its log before the last line came. */
async function abandon(feature: ImageReconciler, key: ResourceKey, log: BuildLog): Promise<undefined> {
  await log.discard()
  return cancel(feature, key)
}

interface Build {
  feature: ImageReconciler
  image: ImageResource
  log: BuildLog
}

/** Errors: those that are not the user's, once they are reported; `not-found` when the image was deleted meanwhile. */
async function bringToEnd(run: Build, signal: AbortSignal): Promise<void> {
  const { status } = run.image
  if (isFinished(status.state)) return settle(run, status)
  const outcome = await attempt(run, signal)
  await settle(run, outcome.status)
  if (outcome.fault !== undefined) throw outcome.fault
}

interface Attempt {
  status: Status
  /** What nobody foresaw. */
  fault?: unknown
}

async function attempt(run: Build, signal: AbortSignal): Promise<Attempt> {
  const stages: BuildStage[] = []
  try {
    return { status: await build(run, stages, signal) }
  } catch (error) {
    if (signal.aborted) throw error
    const status = await fail(run, error, stages.at(-1))
    return error instanceof ApiError && error.status < 500 ? { status } : { status, fault: error }
  }
}

/** Who sees that the operation has ended finds the whole log; what a crash kept from being said is said at the next start. */
async function settle({ feature, image, log }: Build, { state, error }: Status): Promise<void> {
  if (!(await hasOpenOperation(feature.store, keyOf(image), 'image-create'))) return
  const succeeded = state === 'Succeeded'
  await log.end(succeeded ? 'succeeded' : 'failed')
  await report(feature, image, succeeded ? { state } : { state: 'Failed', ...(error && { error }) })
}

const progressTexts = { environment: 'resolving the environment', layers: 'writing layers' } as const

/** Adds each stage to `stages` when it begins. */
async function build(
  { feature, image, log }: Build,
  stages: BuildStage[],
  signal: AbortSignal,
): Promise<Status> {
  const startedAt = feature.now().toISOString()
  const begun = await update(feature, image, (status) => ({ ...status, state: 'Running', startedAt }))
  const enter = async (stage: BuildStage) => {
    stages.push(stage)
    await report(feature, image, { state: 'Running', progress: progressTexts[stage] })
  }
  const watch = watchDeletion(feature.store, begun, signal)
  try {
    return await finish(
      feature,
      image,
      await buildImage(feature, image, { log: log.write, enter, signal: watch.signal }),
    )
  } finally {
    await watch.stop()
  }
}

async function finish(feature: ImageReconciler, image: ImageResource, built: BuiltImage): Promise<Status> {
  const { workspace } = image.metadata
  const models = image.spec.models.map((text) => ({ kind: 'model', workspace, ...parseReference(text) }))
  const environment = { kind: 'environment', workspace, name: built.environment.name }
  const finished = await feature.store.update<ImageSpec, Status>(keyOf(image), ({ status }) => ({
    status: ready(status, built, feature.now()),
    uses: [...models, environment],
  }))
  return finished.status
}

function ready(status: Status, built: BuiltImage, now: Date): Status {
  const statement = { type: 'Ready', status: 'true', reason: 'Built', message: 'the image is ready' } as const
  const { error: _, stage: _stage, ...rest } = status
  return {
    ...rest,
    ...built,
    state: 'Succeeded',
    environment: built.environment.name,
    finishedAt: now.toISOString(),
    conditions: withCondition(status.conditions, statement, now),
  }
}

async function fail(
  { feature, image, log }: Build,
  cause: unknown,
  stage: BuildStage | undefined,
): Promise<Status> {
  const error = failureOf(cause, 'the build')
  log.write(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`)
  const now = feature.now()
  const statement = { type: 'Ready', status: 'false', reason: 'BuildFailed', message: error.message } as const
  const failed = await update(feature, image, (status) => ({
    ...status,
    state: 'Failed',
    error,
    ...(stage && { stage }),
    finishedAt: now.toISOString(),
    conditions: withCondition(status.conditions, statement, now),
  }))
  return failed.status
}

async function update(
  { store }: ImageReconciler,
  image: ImageResource,
  change: (status: Status) => Status,
): Promise<ImageResource> {
  return store.update<ImageSpec, Status>(keyOf(image), ({ status }) => ({ status: change(status) }))
}

async function report(feature: ImageReconciler, image: ImageResource, outcome: Outcome): Promise<void> {
  const about = { target: keyOf(image), generation: image.metadata.generation, now: feature.now() }
  await reportOperations(feature.store, about, outcome)
}
