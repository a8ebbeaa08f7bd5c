/** Looks at one version of a service: asks the driver for its replicas, and decides which of them serve. */
import { surplusReplicas, type ReplicaStatus, type Workload } from '@slipway/compute'
import { ApiError, type NamedVersion, type Revision, type VersionStatus } from '@slipway/contract'
import { isAskedAnew } from '../reconcile/operation-records.ts'
import { keyOf } from '../store/resource-store.ts'
import { missingImage, unfinishedImage, unopenedImage, type Blocked } from './blocked-image.ts'
import { plan, type Plan, type SeenReplica } from './plan.ts'
import { versionStatus } from './service-document.ts'
import { findImage, workloadsOf, type ImageDocument, type Run } from './service-tools.ts'
import { mayRest, wantedReplicas } from './wanted-replicas.ts'
import { sameWish, workloadId, workloadOf, type VersionWish, type Wish } from './workload.ts'

export interface VersionLook {
  version: NamedVersion
  before: VersionStatus
  plan: Plan
  wantedReplicas: number
  /** What serves from now on, and its replicas that take calls. */
  serving: Revision | undefined
  servers: readonly SeenReplica[]
  /** Every replica that is there, also those that leave. */
  replicas: readonly { image: string; current: boolean; replica: SeenReplica }[]
  /** Workloads to keep. */
  needed: readonly string[]
  /** Workloads with fewer replicas than now, to be applied once nobody calls those that leave. */
  shrunk: readonly Workload[]
  againAfterMs?: number
}

/** One version within a look at its service. */
interface VersionRun extends Run {
  version: NamedVersion
  before: VersionStatus
}

type VersionPlace = Omit<VersionRun, 'signal'>

export async function lookAtVersion(run: Run, version: NamedVersion): Promise<VersionLook> {
  const at: VersionRun = { ...run, version, before: versionStatus(run.service.status, version.name) }
  const previous = await keepServing(at)
  const wanted = await startWanted(at)
  const { group, blocked, againAfterMs } = wanted
  const look = decide(at, { group, previous, blocked })
  return againAfterMs === undefined ? look : { ...look, againAfterMs }
}

/** As a version is before anything of it was started. */
export function lookBeforeStart(run: Omit<Run, 'signal'>, version: NamedVersion): VersionLook {
  return decide({ ...run, version, before: versionStatus(run.service.status, version.name) }, {})
}

interface Found {
  /** Replicas of what is wanted, and of what served before. */
  group?: Group | undefined
  previous?: Group | undefined
  /** Why nothing of what is wanted can be started. */
  blocked?: Plan | undefined
}

function decide(at: VersionPlace, found: Found): VersionLook {
  const { version, before } = at
  const { group, previous } = found
  const decided = found.blocked ?? planOf(at, found)
  const servesWanted = decided.serve === 'wanted'
  const serving = servesWanted ? revisionOf(at) : before.serving
  const kept = servesWanted ? undefined : previous
  return {
    version,
    before,
    plan: decided,
    wantedReplicas: wantedOf(at),
    serving,
    servers: (servesWanted ? group : previous)?.replicas ?? [],
    replicas: [...shownReplicas(group, true), ...shownReplicas(kept, false)],
    needed: [version, serving].flatMap((wish) => (wish ? [idOf(at, wish)] : [])),
    shrunk: [group, kept].flatMap((one) => one?.shrunk ?? []),
  }
}

function planOf(at: VersionPlace, { group, previous }: Found): Plan {
  return plan({
    wanted: wantedOf(at),
    replicas: group?.replicas ?? [],
    previousServes: previous?.replicas.some(({ phase }) => phase === 'ready') ?? false,
    deployed: isDeployed(at),
    mayRest: mayRest(at.version.settings),
  })
}

/** The replicas of one workload. */
interface Group {
  image: string
  /** Those that stay, oldest first. */
  replicas: readonly SeenReplica[]
  /** Those that are too many. */
  leaving: readonly ReplicaStatus[]
  shrunk?: Workload
}

function shownReplicas(group: Group | undefined, current: boolean): VersionLook['replicas'] {
  if (!group) return []
  return [...group.replicas, ...group.leaving].map((replica) => ({ image: group.image, current, replica }))
}

/** Replicas of what served before, kept while a new wish is rolled out and brought back where a restart lost them. */
async function keepServing(run: VersionRun): Promise<Group | undefined> {
  const { serving } = run.before
  if (!serving || idOf(run, serving) === idOf(run, run.version)) return undefined
  const image = await findImage(run, serving.image)
  if (!image) return undefined
  try {
    const wanted = wantedReplicas(serving.settings, run.before)
    // What serves was tried when it came: it need not answer a sample that was written for another image.
    return await apply(run, { wish: serving, image, wanted, sampleRequest: undefined })
  } catch (error) {
    // What cannot be opened cannot serve either.
    if (error instanceof ApiError) return undefined
    throw error
  }
}

interface Started {
  group?: Group
  blocked?: Plan
  againAfterMs?: number
}

/** Until an image that could not be opened is tried again: a disk may have room by then. */
const openAgainMs = 10_000

/** Until replicas that failed are looked at anew. */
const startAgainMs = 100

async function startWanted(run: VersionRun): Promise<Started> {
  const at: Blocked = { version: run.version, serving: run.before.serving }
  const image = await findImage(run, run.version.image)
  if (!image) return { blocked: missingImage(at) }
  const unfinished = unfinishedImage(at, image)
  if (unfinished) return { blocked: unfinished }
  try {
    const { version } = run
    const { sampleRequest } = version
    const group = await apply(run, { wish: version, image, wanted: wantedOf(run), sampleRequest })
    return (await startAgain(run, group))
      ? { group: { ...group, replicas: [] }, againAfterMs: startAgainMs }
      : { group }
  } catch (error) {
    if (run.signal.aborted || !(error instanceof ApiError)) throw error
    return { blocked: unopenedImage(at, error), againAfterMs: openAgainMs }
  }
}

interface Applied {
  wish: Wish
  image: ImageDocument
  /** Replicas. */
  wanted: number
  sampleRequest: string | undefined
}

/** Those that are too many go on running until nobody calls them any more. */
async function apply(run: VersionRun, { wish, image, wanted, sampleRequest }: Applied): Promise<Group> {
  const { tools, service, signal } = run
  const opened = await tools.openImage(image, signal)
  const workload = workloadOf(wishOf(run, wish), { spec: image.spec, ...opened }, wanted)
  const { id, scoringTimeoutMs: timeoutMs } = workload
  const running = (await tools.driver.observe(id, signal)).filter(({ phase }) => phase !== 'stopping')
  workloadsOf(tools, keyOf(service)).add(id)
  await tools.driver.apply({ ...workload, replicas: Math.max(wanted, running.length) }, signal)
  const observed = await tools.driver.observe(id, signal)
  const surplus = new Set(surplusReplicas(observed, wanted))
  const kept = observed.filter((replica) => !surplus.has(replica.id))
  const sample = { key: keyOf(service), workloadId: id, body: sampleRequest, timeoutMs }
  return {
    image: wish.image,
    replicas: tools.samples.judge(kept, sample),
    leaving: observed.filter((replica) => surplus.has(replica.id)),
    ...(surplus.size > 0 && { shrunk: workload }),
  }
}

/** Somebody has asked since the replicas failed: they get a fresh start, even where the spec is as it was. */
async function startAgain(run: VersionRun, { replicas }: Group): Promise<boolean> {
  const { tools, service, signal, version } = run
  if (!replicas.some(({ phase }) => phase === 'failed')) return false
  const isAbout = (asked: string | undefined) => (asked ?? service.spec.versionName) === version.name
  if (!(await isAskedAnew(tools.store, keyOf(service), ({ target }) => isAbout(target.serviceVersion))))
    return false
  const id = idOf(run, version)
  await tools.driver.remove(id, signal)
  tools.samples.forget(id)
  return true
}

function wantedOf(run: VersionPlace): number {
  const { version, before } = run
  return wantedReplicas(version.settings, { ...before, deployed: isDeployed(run) })
}

/** Whether all that the version wants has been there once; what is lost later is an outage, not a rollout. */
function isDeployed({ version, before: { serving, deployed } }: VersionPlace): boolean {
  return deployed && serving !== undefined && sameWish(serving, version)
}

/** What serves from now on; the time stays where it is what served before. */
function revisionOf({ service, tools, version, before: { serving } }: VersionPlace): Revision {
  if (serving && sameWish(serving, version)) return serving
  const { image, settings } = version
  const { generation } = service.metadata
  return { image, settings, generation, servedSince: tools.now().toISOString() }
}

function wishOf({ service, version }: VersionPlace, wish: Wish): VersionWish {
  return { service, version: version.name, wish }
}

function idOf(run: VersionPlace, wish: Wish): string {
  return workloadId(wishOf(run, wish))
}
