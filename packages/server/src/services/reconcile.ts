/** Brings a service from its spec to ready replicas and a route, and says how far it is. */
import type { ReplicaStatus } from '@slipway/compute'
import { parseReference, type Image, type ImageSpec, type Revision } from '@slipway/contract'
import { reportOperations, type Outcome } from '../reconcile/operation-records.ts'
import { keyOf, type ResourceKey } from '../store/resource-store.ts'
import { applyRoute } from './apply-route.ts'
import { plan, type Plan } from './plan.ts'
import { pathPrefix, serviceLogKey, type ServiceResource } from './service-document.ts'
import { nameOf, writeStatus, type ImageDocument, type ServiceReconciler } from './service-tools.ts'
import { announceStart } from './start.ts'
import { isDeployed, revisionOf, statusAfter } from './status.ts'
import { workloadId, workloadOf, type Wish } from './workload.ts'

/** When to look again. */
type Again = { againAfterMs: number }

const lookAgain: Again = { againAfterMs: 100 }

export async function reconcileService(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  const service = (await tools.store.find(key)) as ServiceResource | undefined
  if (!service) return dismantle(tools, key, signal)
  if (!tools.workloads.has(nameOf(key))) await announceStart(tools, service, signal)
  const image = await findImage(tools, service, service.spec.image)
  const blocked = imageBlocks(service, image)
  if (blocked || !image)
    return settle({ tools, service, signal }, { plan: blocked ?? missingImage(service), wanted: [] })
  await applyWish({ tools, service, signal }, service.spec, image)
  const wanted = await tools.driver.observe(workloadId(service, service.spec), signal)
  if (await retried({ tools, service, signal }, wanted)) return undefined
  const { serving } = service.status
  const servesWanted =
    serving !== undefined && workloadId(service, serving) === workloadId(service, service.spec)
  const decided = plan({
    wanted: service.spec.settings.numReplicas,
    replicas: wanted,
    previousServes: serving !== undefined && !servesWanted,
    deployed: isDeployed(service),
  })
  return settle({ tools, service, signal }, { plan: decided, wanted })
}

interface Run {
  tools: ServiceReconciler
  service: ServiceResource
  signal: AbortSignal
}

async function findImage({ store }: ServiceReconciler, service: ServiceResource, reference: string) {
  const { name, version = 1 } = parseReference(reference)
  const key = { kind: 'image', workspace: service.metadata.workspace, name, version }
  return store.find<ImageSpec, Image['status']>(key)
}

function imageBlocks({ spec, status }: ServiceResource, image: ImageDocument | undefined): Plan | undefined {
  const state = image?.status.state
  if (state === undefined || state === 'Succeeded') return undefined
  const serve = status.serving ? 'previous' : 'nobody'
  if (state === 'NotStarted' || state === 'Running') {
    const message = `waiting for the image ${spec.image} (${state})`
    return { serve, state: 'Transitioning', reason: 'ImageNotReady', message, complete: false }
  }
  const message = `the image ${spec.image} was not built: ${image?.status.error?.message ?? state}`
  const error = { code: 'ImageFailed', message, hint: `Read its log: slipway image logs ${spec.image}` }
  return { serve, state: 'Failed', reason: 'ImageFailed', message, error, complete: false }
}

function missingImage({ spec }: ServiceResource): Plan {
  const message = `the image ${spec.image} does not exist`
  return {
    serve: 'nobody',
    state: 'Failed',
    reason: 'ImageMissing',
    message,
    error: { code: 'ImageMissing', message },
    complete: false,
  }
}

async function applyWish({ tools, service, signal }: Run, wish: Wish, image: ImageDocument): Promise<void> {
  const opened = await tools.openImage(image, signal)
  const workload = workloadOf(service, wish, { spec: image.spec, ...opened })
  const name = nameOf(keyOf(service))
  const known = tools.workloads.get(name) ?? new Set()
  tools.workloads.set(name, known.add(workload.id))
  await tools.driver.apply(workload, signal)
}

/** A failure is final for its generation; a changed spec gets a fresh start even where its replicas would be the same. */
async function retried({ tools, service, signal }: Run, wanted: readonly ReplicaStatus[]): Promise<boolean> {
  const ready = service.status.conditions.find(({ type }) => type === 'Ready')
  const seen = ready?.observedGeneration ?? service.metadata.generation
  const failedBefore = service.status.state === 'Failed' && seen < service.metadata.generation
  if (!failedBefore || !wanted.some(({ phase }) => phase === 'failed')) return false
  await tools.driver.remove(workloadId(service, service.spec), signal)
  await writeStatus(tools, service, (status) => ({ ...status, state: 'Transitioning' }))
  return true
}

interface Decision {
  plan: Plan
  wanted: readonly ReplicaStatus[]
}

/** Carries the plan out: keeps what serves running, routes, removes what is no longer needed, reports. */
async function settle(run: Run, { plan: decided, wanted }: Decision): Promise<Again | undefined> {
  const { tools, service, signal } = run
  const { serving: before } = service.status
  const now = tools.now()
  const serving =
    decided.serve === 'wanted'
      ? revisionOf(service.spec, service.metadata.generation, { before, now })
      : before
  const previous = await keepServing(run, serving)
  const servers = decided.serve === 'wanted' ? wanted : previous
  const target = { target: keyOf(service), generation: service.metadata.generation }
  if (!(await applyRoute(tools, { service, serving, replicas: servers }, signal))) {
    await report(tools, target, { state: 'Running', progress: movingText(run, servers) })
    return lookAgain
  }
  await removeOthers(run, serving)
  const replicas = [
    ...wanted.map((replica) => ({ image: service.spec.image, replica })),
    ...(decided.serve === 'wanted'
      ? []
      : previous.map((replica) => ({ image: serving?.image ?? '', replica }))),
  ]
  const look = { plan: decided, serving, replicas, capabilities: tools.driver.capabilities, now }
  await writeStatus(tools, service, () => statusAfter(service, look), usesOf(service, serving))
  await report(tools, target, outcomeOf(decided))
  signal.throwIfAborted()
  return undefined
}

/** Replicas of the version before, brought back where a restart lost them; none where the wanted ones serve. */
async function keepServing(run: Run, serving: Revision | undefined): Promise<ReplicaStatus[]> {
  const { tools, service, signal } = run
  if (!serving || workloadId(service, serving) === workloadId(service, service.spec)) return []
  const image = await findImage(tools, service, serving.image)
  if (!image) return []
  await applyWish(run, serving, image)
  return tools.driver.observe(workloadId(service, serving), signal)
}

/** What is being waited for while the route settles. */
function movingText({ tools, service }: Run, servers: readonly ReplicaStatus[]): string {
  const prefix = pathPrefix({ workspace: service.metadata.workspace, name: service.name })
  const connected = tools.gateway.stats(prefix)?.readyReplicas ?? 0
  if (connected >= servers.length) return 'waiting for calls that the replicas of before still answer'
  return `the gateway has reached ${connected} of ${servers.length} ready replicas`
}

async function removeOthers({ tools, service, signal }: Run, serving: Revision | undefined): Promise<void> {
  const known = tools.workloads.get(nameOf(keyOf(service))) ?? new Set()
  const needed = new Set(
    [service.spec, ...(serving ? [serving] : [])].map((wish) => workloadId(service, wish)),
  )
  const others = [...known].filter((id) => !needed.has(id))
  await Promise.all(others.map((id) => tools.driver.remove(id, signal)))
  for (const id of others) known.delete(id)
}

async function dismantle(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  await tools.gateway.removeRoute(pathPrefix(key))
  const known = tools.workloads.get(nameOf(key)) ?? new Set()
  await Promise.all([...known].map((id) => tools.driver.remove(id, signal)))
  tools.workloads.delete(nameOf(key))
  await tools.logs.remove(serviceLogKey(key))
  await report(tools, { target: key, generation: Number.MAX_SAFE_INTEGER }, { state: 'Succeeded' })
  return undefined
}

function outcomeOf({ complete, message, error }: Plan): Outcome {
  if (error) return { state: 'Failed', error }
  return complete ? { state: 'Succeeded' } : { state: 'Running', progress: message }
}

function usesOf(service: ServiceResource, serving: Revision | undefined): ResourceKey[] {
  const references = new Set([service.spec.image, ...(serving ? [serving.image] : [])])
  return [...references].map((reference) => {
    const { name, version = 1 } = parseReference(reference)
    return { kind: 'image', workspace: service.metadata.workspace, name, version }
  })
}

async function report(
  tools: ServiceReconciler,
  about: { target: ResourceKey; generation: number },
  outcome: Outcome,
): Promise<void> {
  await reportOperations(tools.store, { ...about, now: tools.now() }, outcome)
}
