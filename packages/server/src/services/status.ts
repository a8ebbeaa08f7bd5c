/** The status of a service after a look at its versions. */
import type { Condition, Replica, Revision, VersionStatus } from '@slipway/contract'
import type { DriverCapabilities } from '@slipway/compute'
import { withCondition } from '../reconcile/conditions.ts'
import type { Plan } from './plan.ts'
import type { RoutedVersion } from './routes.ts'
import { findVersion, versionStatus, type ServiceResource, type StoredStatus } from './service-document.ts'
import type { VersionLook } from './version-look.ts'
import { sameWish } from './workload.ts'

/** Revisions kept to go back to. */
const keptRevisions = 10

/** Of a traceback, in a condition. */
const shownLines = 40
const shownCharacters = 4_000

export interface Look {
  versions: readonly VersionLook[]
  traffic: readonly RoutedVersion[]
  generation: number
  capabilities: Pick<DriverCapabilities, 'cpuLimit' | 'memoryLimit'>
  /** Whether the scoring port speaks TLS. */
  tls: boolean
  now: Date
}

/** The default version decides how the service is. A version that came since the look began stays as it is. */
export function statusAfter({ spec, status }: ServiceResource, look: Look): StoredStatus {
  const main = look.versions.find(({ version }) => version.isDefault)
  const seen = look.versions
    .filter((version) => !isMadeAnew(status, version))
    .map((version) => [version.version.name, versionAfter(status, version, look.traffic)] as const)
  const versions = [...Object.entries(status.versions), ...seen].filter(([name]) => findVersion(spec, name))
  const routedDefault = look.traffic.find(({ isDefault }) => isDefault)
  const { cpuLimit, memoryLimit } = look.capabilities
  const conditions = main ? conditionsAfter(status.conditions, main, look) : status.conditions
  return {
    state: main?.plan.state ?? status.state,
    ...(routedDefault && { defaultVersion: routedDefault.name }),
    versions: Object.fromEntries(versions),
    limits: { cpu: cpuLimit, memory: memoryLimit },
    ...(main?.plan.error && { error: main.plan.error }),
    conditions: spec.settings.sslEnabled ? withEncrypted(conditions, look) : withoutEncrypted(conditions),
  }
}

/** What has once served does not cease to have: one that has not is another one of the same name. */
function isMadeAnew(status: StoredStatus, { version, before }: VersionLook): boolean {
  return before.serving !== undefined && versionStatus(status, version.name).serving === undefined
}

function versionAfter(
  status: StoredStatus,
  { version, plan, serving, replicas, wantedReplicas }: VersionLook,
  traffic: readonly RoutedVersion[],
): VersionStatus {
  const before = versionStatus(status, version.name)
  const autoscales = version.settings.autoscaleEnabled
  return {
    state: plan.state,
    message: plan.message,
    ...(serving && { serving }),
    history: historyAfter(before, serving),
    replicas: replicas.map(shownReplica),
    deployed: isDeployedAfter(before, plan, serving),
    wantedReplicas,
    trafficPercent: traffic.find(({ name }) => name === version.name)?.trafficPercent ?? 0,
    // What the autoscaler has decided meanwhile is no matter of this look.
    ...(autoscales && before.autoscale && { autoscale: before.autoscale }),
    ...(plan.error && { error: plan.error }),
  }
}

function historyAfter({ serving: before, history }: VersionStatus, now: Revision | undefined): Revision[] {
  if (!before || !now || sameWish(before, now)) return history
  return [before, ...history].slice(0, keptRevisions)
}

/** True once all that serves has been there; lost replicas do not take it back. */
function isDeployedAfter(
  { serving: before, deployed }: VersionStatus,
  { complete }: Plan,
  now: Revision | undefined,
): boolean {
  if (now === undefined) return false
  return complete || (deployed && before !== undefined && sameWish(before, now))
}

function conditionsAfter(before: Condition[], { plan, ...main }: VersionLook, look: Look): Condition[] {
  const { state, reason, message } = plan
  const observedGeneration = look.generation
  const said = plan.traceback === undefined ? message : `${message}\n${lastLines(plan.traceback)}`
  const ready = {
    type: 'Ready',
    status: state === 'Healthy' ? 'true' : 'false',
    reason,
    message: said,
  } as const
  const isThere =
    main.serving !== undefined &&
    sameWish(main.serving, main.version) &&
    isDeployedAfter(main.before, plan, main.serving)
  const rollout = isThere
    ? ({ status: 'true', reason: 'AllReady', message: 'all that the spec wants has been there' } as const)
    : ({ status: 'false', reason, message } as const)
  const conditions = withCondition(before, { ...ready, observedGeneration }, look.now)
  return withCondition(conditions, { type: 'Deployed', ...rollout, observedGeneration }, look.now)
}

const encrypted = 'Encrypted'

/** The server that took `sslEnabled` may have been started again without a certificate. */
function withEncrypted(before: Condition[], { tls, generation: observedGeneration, now }: Look): Condition[] {
  const is = tls
    ? ({ status: 'true', reason: 'Certificate', message: 'the scoring port speaks TLS' } as const)
    : ({ status: 'false', reason: 'NoCertificate', message: noCertificate } as const)
  return withCondition(before, { type: encrypted, ...is, observedGeneration }, now)
}

const noCertificate =
  'sslEnabled is true, and the server was started without a certificate: requests and keys go in the clear'

function withoutEncrypted(conditions: Condition[]): Condition[] {
  return conditions.filter(({ type }) => type !== encrypted)
}

/** The end of a traceback says what happened; the log has all of it. */
function lastLines(traceback: string): string {
  return traceback.split('\n').slice(-shownLines).join('\n').slice(-shownCharacters)
}

function shownReplica({ image, current, replica }: VersionLook['replicas'][number]): Replica {
  const { id, phase, step, restarts, startedAt, readyAt } = replica
  const message = (replica.failure ?? replica.lastFailure)?.message
  return {
    id,
    image,
    current,
    phase,
    restarts,
    startedAt,
    ...(step !== undefined && { step }),
    ...(readyAt !== undefined && { readyAt }),
    ...(message !== undefined && { message }),
  }
}
