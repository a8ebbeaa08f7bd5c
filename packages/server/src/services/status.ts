/** The status of a service after a look at its replicas. */
import type { Condition, Replica, Revision } from '@slipway/contract'
import type { DriverCapabilities, ReplicaStatus } from '@slipway/compute'
import { withCondition } from '../reconcile/conditions.ts'
import type { Plan } from './plan.ts'
import type { ServiceResource, StoredStatus } from './service-document.ts'

/** Revisions kept to go back to. */
const keptRevisions = 10

/** Of a traceback, in a condition. */
const shownLines = 40
const shownCharacters = 4_000

export interface Look {
  plan: Plan
  /** What answers requests now. */
  serving: Revision | undefined
  replicas: readonly { image: string; current: boolean; replica: ReplicaStatus }[]
  capabilities: Pick<DriverCapabilities, 'cpuLimit' | 'memoryLimit'>
  now: Date
}

export function statusAfter(service: ServiceResource, look: Look): StoredStatus {
  const { plan } = look
  return {
    state: plan.state,
    ...(look.serving && { serving: look.serving }),
    history: historyAfter(service.status, look.serving),
    replicas: look.replicas.map(shownReplica),
    limits: { cpu: look.capabilities.cpuLimit, memory: look.capabilities.memoryLimit },
    ...(plan.error && { error: plan.error }),
    conditions: conditionsAfter(service, look),
  }
}

function historyAfter({ serving: before, history }: StoredStatus, now: Revision | undefined): Revision[] {
  if (!before || !now || before.generation === now.generation) return history
  return [before, ...history].slice(0, keptRevisions)
}

function conditionsAfter(service: ServiceResource, { plan, now }: Look): Condition[] {
  const { state, reason, message } = plan
  const observedGeneration = service.metadata.generation
  const said = plan.traceback === undefined ? message : `${message}\n${lastLines(plan.traceback)}`
  const ready = {
    type: 'Ready',
    status: state === 'Healthy' ? 'true' : 'false',
    reason,
    message: said,
  } as const
  const deployed = plan.complete || isDeployed(service)
  const rollout = deployed
    ? ({ status: 'true', reason: 'AllReady', message: 'all that the spec wants has been there' } as const)
    : ({ status: 'false', reason, message } as const)
  const conditions = withCondition(service.status.conditions, { ...ready, observedGeneration }, now)
  return withCondition(conditions, { type: 'Deployed', ...rollout, observedGeneration }, now)
}

/** The end of a traceback says what happened; the log has all of it. */
function lastLines(traceback: string): string {
  return traceback.split('\n').slice(-shownLines).join('\n').slice(-shownCharacters)
}

/** Whether all that the current spec wants has been there once; what is lost later is an outage, not a rollout. */
export function isDeployed({ status, metadata }: ServiceResource): boolean {
  const deployed = status.conditions.find(({ type }) => type === 'Deployed')
  return deployed?.status === 'true' && deployed.observedGeneration === metadata.generation
}

function shownReplica({ image, current, replica }: Look['replicas'][number]): Replica {
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

/** What serves from now on; the time stays where it is what served before. */
export function revisionOf(
  { spec, metadata }: ServiceResource,
  { before, now }: { before: Revision | undefined; now: Date },
): Revision {
  const { generation } = metadata
  const servedSince = before?.generation === generation ? before.servedSince : now.toISOString()
  return { image: spec.image, settings: spec.settings, generation, servedSince }
}
