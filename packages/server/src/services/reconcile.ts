/** Brings a service from its spec to ready replicas and a route, and says how far it is. */
import { autoscaleOf, versionsOf, type Operation } from '@slipway/contract'
import { reportOperations, type Outcome } from '../reconcile/operation-records.ts'
import { keyOf, type ResourceKey } from '../store/resource-store.ts'
import { applyRoute, takeRouteDown } from './apply-route.ts'
import { pathPrefix, placeOf, serviceLogKey } from './service-document.ts'
import {
  findService,
  nameOf,
  workloadsOf,
  writeStatus,
  type Run,
  type ServiceReconciler,
} from './service-tools.ts'
import { announceStart } from './start.ts'
import { statusAfter } from './status.ts'
import { trafficOf } from './traffic.ts'
import { lookAtVersion, type VersionLook } from './version-look.ts'

/** When to look again. */
type Again = { againAfterMs: number }

const lookAgain: Again = { againAfterMs: 100 }

export async function reconcileService(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  const service = await findService(tools, key)
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
  const { tools, service } = run
  if (!tools.workloads.has(nameOf(keyOf(service)))) await announceStart(run)
  const looks = await Promise.all(versionsOf(service.spec).map((version) => lookAtVersion(run, version)))
  return settle(run, looks)
}

/** Carries out what was decided: routes, writes down what was seen, and stops what is no longer needed. */
async function settle(run: Run, looks: readonly VersionLook[]): Promise<Again | undefined> {
  const { tools, service, signal } = run
  const traffic = trafficOf(service, looks)
  const isRouted = await applyRoute(tools, { service, versions: traffic }, signal)
  const { capabilities } = tools.driver
  const { generation } = service.metadata
  const seen = { versions: looks, traffic, generation, capabilities, tls: tools.tls(), now: tools.now() }
  await writeStatus(tools, keyOf(service), (current) => statusAfter(current, seen))
  watchLoad(run, looks)
  if (!isRouted) {
    const progress = movingText(run, looks)
    await report(run, () => ({ state: 'Running', progress }))
    return lookAgain
  }
  await stopUnneeded(run, looks)
  await report(run, (operation) => outcomeOf(operation, { run, looks }))
  const again = looks.flatMap(({ againAfterMs }) => againAfterMs ?? [])
  return again.length > 0 ? { againAfterMs: Math.min(...again) } : undefined
}

function watchLoad({ tools, service }: Run, looks: readonly VersionLook[]): void {
  const watched = looks.flatMap(({ version, serving, wantedReplicas: replicas }) => {
    const policy = autoscaleOf(version.settings)
    return policy && serving ? [{ name: version.name, policy, replicas }] : []
  })
  tools.autoscaler.watch(placeOf(service), watched)
}

/** What is being waited for while the route settles. */
function movingText({ tools, service }: Run, looks: readonly VersionLook[]): string {
  const stats = Object.values(tools.gateway.stats(pathPrefix(placeOf(service)))?.versions ?? {})
  const connected = stats.reduce((sum, { readyReplicas }) => sum + readyReplicas, 0)
  const servers = looks.flatMap((version) => version.servers.filter(({ phase }) => phase === 'ready')).length
  if (connected >= servers) return 'waiting for calls that the replicas of before still answer'
  return `the gateway has reached ${connected} of ${servers} ready replicas`
}

/** Replicas that nobody calls any more are stopped in the background: that may take as long as their scripts like. */
async function stopUnneeded({ tools, service, signal }: Run, looks: readonly VersionLook[]): Promise<void> {
  for (const workload of looks.flatMap(({ shrunk }) => shrunk)) await tools.driver.apply(workload, signal)
  const known = workloadsOf(tools, keyOf(service))
  const needed = new Set(looks.flatMap((version) => version.needed))
  for (const id of known) {
    if (needed.has(id)) continue
    tools.samples.forget(id)
    tools.removeLater(id, known, signal)
  }
}

async function dismantle(
  tools: ServiceReconciler,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<Again | undefined> {
  tools.autoscaler.watch(key, [])
  if (!(await takeRouteDown(tools, key, signal))) return lookAgain
  for (const id of workloadsOf(tools, key)) tools.samples.forget(id)
  await Promise.all([...workloadsOf(tools, key)].map((id) => tools.driver.remove(id, signal)))
  tools.workloads.delete(nameOf(key))
  await tools.logs.remove(serviceLogKey(key))
  const about = { target: key, generation: Number.MAX_SAFE_INTEGER, now: tools.now() }
  await reportOperations(tools.store, about, ({ action }) =>
    action === 'service-delete' ? { state: 'Succeeded' } : overtaken(`the service ${key.name}`),
  )
  return undefined
}

type Asked = Operation['spec']

/** An operation is done when the version that it is about is as the spec wants it. */
function outcomeOf(
  { action, target }: Asked,
  { run, looks }: { run: Run; looks: readonly VersionLook[] },
): Outcome {
  // One that is there under this name was made since.
  if (action === 'version-delete') return { state: 'Succeeded' }
  const name = target.serviceVersion ?? run.service.spec.versionName
  const found = looks.find(({ version }) => version.name === name)
  if (!found) return overtaken(`the version ${name}`)
  const { complete, message, error } = found.plan
  if (error) return { state: 'Failed', error }
  return complete ? { state: 'Succeeded' } : { state: 'Running', progress: message }
}

function overtaken(what: string): Outcome {
  return {
    state: 'Cancelled',
    error: { code: 'conflict', message: `${what} was deleted before this was done` },
  }
}

async function report({ tools, service }: Run, outcome: (asked: Asked) => Outcome): Promise<void> {
  const about = { target: keyOf(service), generation: service.metadata.generation, now: tools.now() }
  await reportOperations(tools.store, about, outcome)
}
