/** Brings a service from its spec to ready replicas and a route, and says how far it is. */
import type { ReplicaStatus } from '@slipway/compute'
import { ApiError, type Image, type ImageSpec, type Revision } from '@slipway/contract'
import { isAskedAnew, reportOperations, type Outcome } from '../reconcile/operation-records.ts'
import { keyOf, type ResourceKey } from '../store/resource-store.ts'
import { applyRoute, takeRouteDown } from './apply-route.ts'
import { missingImage, unfinishedImage, unopenedImage } from './blocked-image.ts'
import { plan, type Plan } from './plan.ts'
import { imagesUsed, pathPrefix, serviceLogKey, type ServiceResource } from './service-document.ts'
import { nameOf, writeStatus, type ImageDocument, type Run, type ServiceReconciler } from './service-tools.ts'
import { announceStart } from './start.ts'
import { isDeployed, revisionOf, statusAfter } from './status.ts'
import { workloadId, workloadOf, type Wish } from './workload.ts'

/** When to look again. */
type Again = { againAfterMs: number }

const lookAgain: Again = { againAfterMs: 100 }

/** Until an image that could not be opened is tried again: a disk may have room by then. */
const openAgain: Again = { againAfterMs: 10_000 }

export async function reconcileService(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  const service = (await tools.store.find(key)) as ServiceResource | undefined
  if (!service) return dismantle(tools, key, signal)
  try {
    return await look({ tools, service, signal })
  } catch (error) {
    // It was deleted meanwhile: the next look takes it down.
    if (await tools.store.find(key)) throw error
    return lookAgain
  }
}

async function look(run: Run): Promise<Again | undefined> {
  const { tools, service, signal } = run
  if (!tools.workloads.has(nameOf(keyOf(service)))) await announceStart(tools, service, signal)
  const previous = await keepServing(run)
  const started = await startWanted(run)
  if ('blocked' in started) {
    const again = await settle(run, { plan: started.blocked, wanted: [], previous })
    return again ?? started.again
  }
  const { wanted } = started
  if (await startAgain(run, wanted)) return lookAgain
  const decided = plan({
    wanted: service.spec.settings.numReplicas ?? 1,
    replicas: wanted,
    previousServes: previous.some(({ phase }) => phase === 'ready'),
    deployed: isDeployed(service),
  })
  return settle(run, { plan: decided, wanted, previous })
}

/** Replicas of the version before, kept while a new one is rolled out and brought back where a restart lost them. */
async function keepServing(run: Run): Promise<ReplicaStatus[]> {
  const { service, tools } = run
  const { serving } = service.status
  if (!serving || workloadId(service, serving) === workloadId(service, service.spec)) return []
  const image = await findImage(tools, service, serving.image)
  return image ? openedOr(apply(run, serving, image), []) : []
}

type Started = { wanted: ReplicaStatus[] } | { blocked: Plan; again?: Again }

async function startWanted(run: Run): Promise<Started> {
  const { tools, service } = run
  const image = await findImage(tools, service, service.spec.image)
  if (!image) return { blocked: missingImage(service) }
  const blocked = unfinishedImage(service, image)
  if (blocked) return { blocked }
  try {
    return { wanted: await apply(run, service.spec, image) }
  } catch (error) {
    if (run.signal.aborted || !(error instanceof ApiError)) throw error
    return { blocked: unopenedImage(service, error), again: openAgain }
  }
}

/** What `work` gives, or `otherwise` where an image cannot be opened. */
async function openedOr<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof ApiError) return otherwise
    throw error
  })
}

async function apply(run: Run, wish: Wish, image: ImageDocument): Promise<ReplicaStatus[]> {
  const { tools, service, signal } = run
  const opened = await tools.openImage(image, signal)
  const workload = workloadOf(service, wish, { spec: image.spec, ...opened })
  tools.workloads.get(nameOf(keyOf(service)))?.add(workload.id)
  await tools.driver.apply(workload, signal)
  return tools.driver.observe(workload.id, signal)
}

async function findImage({ store }: ServiceReconciler, service: ServiceResource, reference: string) {
  const [key] = imagesUsed(service.metadata.workspace, [{ image: reference }])
  return key && store.find<ImageSpec, Image['status']>(key)
}

/** Somebody has asked since the replicas failed: they get a fresh start, even where the spec is as it was. */
async function startAgain(run: Run, wanted: readonly ReplicaStatus[]): Promise<boolean> {
  const { tools, service, signal } = run
  if (!wanted.some(({ phase }) => phase === 'failed')) return false
  if (!(await isAskedAnew(tools.store, keyOf(service)))) return false
  await tools.driver.remove(workloadId(service, service.spec), signal)
  await report(run, { state: 'Running', progress: 'replicas that failed are started again' })
  return true
}

interface Decision {
  plan: Plan
  wanted: readonly ReplicaStatus[]
  previous: readonly ReplicaStatus[]
}

/** Carries the plan out: routes, removes what is no longer needed, writes down what was seen. */
async function settle(run: Run, decision: Decision): Promise<Again | undefined> {
  const { tools, service, signal } = run
  const { plan: decided, wanted, previous } = decision
  const now = tools.now()
  const { serving: before } = service.status
  const servesWanted = decided.serve === 'wanted'
  const serving = servesWanted ? revisionOf(service, { before, now }) : before
  const servers = servesWanted ? wanted : previous
  if (!(await applyRoute(tools, { service, serving, replicas: servers }, signal))) {
    await report(run, { state: 'Running', progress: movingText(run, servers) })
    return lookAgain
  }
  removeOthers(run, serving)
  const replicas = [
    ...wanted.map((replica) => ({ image: service.spec.image, current: true, replica })),
    ...(servesWanted ? [] : previous).map((replica) => ({
      image: before?.image ?? '',
      current: false,
      replica,
    })),
  ]
  const seen = { plan: decided, serving, replicas, capabilities: tools.driver.capabilities, now }
  await writeStatus(tools, service, () => statusAfter(service, seen))
  await report(run, outcomeOf(decided))
  return undefined
}

/** What is being waited for while the route settles. */
function movingText({ tools, service }: Run, servers: readonly ReplicaStatus[]): string {
  const prefix = pathPrefix({ workspace: service.metadata.workspace, name: service.name })
  const connected = tools.gateway.stats(prefix)?.readyReplicas ?? 0
  if (connected >= servers.length) return 'waiting for calls that the replicas of before still answer'
  return `the gateway has reached ${connected} of ${servers.length} ready replicas`
}

/** Replicas that nobody calls any more are stopped in the background: that may take as long as their scripts like. */
function removeOthers({ tools, service, signal }: Run, serving: Revision | undefined): void {
  const known = tools.workloads.get(nameOf(keyOf(service))) ?? new Set()
  const needed = new Set(
    [service.spec, ...(serving ? [serving] : [])].map((wish) => workloadId(service, wish)),
  )
  for (const id of known) if (!needed.has(id)) tools.removeLater(id, known, signal)
}

async function dismantle(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  if (!(await takeRouteDown(tools, key, signal))) return lookAgain
  const known = tools.workloads.get(nameOf(key)) ?? new Set()
  await Promise.all([...known].map((id) => tools.driver.remove(id, signal)))
  tools.workloads.delete(nameOf(key))
  await tools.logs.remove(serviceLogKey(key))
  const about = { target: key, generation: Number.MAX_SAFE_INTEGER, now: tools.now() }
  await reportOperations(tools.store, about, ({ action }) => {
    if (action === 'service-delete') return { state: 'Succeeded' }
    const error = { code: 'conflict', message: `the service ${key.name} was deleted before this was done` }
    return { state: 'Cancelled', error }
  })
  return undefined
}

function outcomeOf({ complete, message, error }: Plan): Outcome {
  if (error) return { state: 'Failed', error }
  return complete ? { state: 'Succeeded' } : { state: 'Running', progress: message }
}

async function report({ tools, service }: Run, outcome: Outcome): Promise<void> {
  const about = { target: keyOf(service), generation: service.metadata.generation, now: tools.now() }
  await reportOperations(tools.store, about, outcome)
}
