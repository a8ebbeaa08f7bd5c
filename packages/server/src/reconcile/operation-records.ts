/** Keeps the records of long-running actions: begun with the change that causes them, finished by a reconciler. */
import { randomBytes } from 'node:crypto'
import type { Failure, Operation, OperationAction } from '@slipway/contract'
import type {
  Resource,
  ResourceKey,
  ResourceReader,
  ResourceStore,
  ResourceTransaction,
} from '../store/resource-store.ts'

type Spec = Operation['spec']
type Status = Operation['status']

export interface OperationStart {
  action: OperationAction
  target: ResourceKey & { kind: Spec['target']['kind'] }
  targetGeneration: number
}

/** Records an action in the transaction that causes it. */
export async function beginOperation(tx: ResourceTransaction, start: OperationStart): Promise<Operation> {
  const { kind, workspace, name, version } = start.target
  const resource = await tx.create<Spec, Status>({
    kind: 'operation',
    workspace,
    name: `op-${randomBytes(16).toString('hex')}`,
    spec: {
      action: start.action,
      target: { kind, name, ...(version !== undefined && { version }) },
      targetGeneration: start.targetGeneration,
    },
    status: { state: 'NotStarted' },
    indexed: { open: targetText(start.target), state: 'NotStarted' },
  })
  return asOperation(resource)
}

export function asOperation(resource: Resource<Spec, Status>): Operation {
  return { ...resource, kind: 'operation' }
}

/** Tells whether such an action on `target` has not finished yet. */
export async function hasOpenOperation(
  tx: Pick<ResourceReader, 'list'>,
  target: ResourceKey,
  action: OperationAction,
): Promise<boolean> {
  const where = { open: targetText(target) }
  const open = await tx.list<Spec>({
    kind: 'operation',
    workspace: target.workspace,
    limit: 100,
    order: 'oldest',
    where,
  })
  return open.items.some(({ spec }) => spec.action === action)
}

export interface Outcome {
  state: 'Running' | 'Succeeded' | 'Failed' | 'Cancelled'
  progress?: string
  error?: Failure
}

/**
 * Moves the unfinished operations on `target` that wait for a generation up to `generation`.
 * Those already in that state, with the same progress, are left as they are.
 */
export async function reportOperations(
  store: ResourceStore,
  about: { target: ResourceKey; generation: number; now: Date },
  outcome: Outcome,
): Promise<void> {
  const open = await store.list<Spec, Status>({
    kind: 'operation',
    workspace: about.target.workspace,
    limit: 100,
    order: 'oldest',
    where: { open: targetText(about.target) },
  })
  for (const { name, metadata, spec } of open.items) {
    if (spec.targetGeneration > about.generation) continue
    await store.update<Spec, Status>(
      { kind: 'operation', workspace: metadata.workspace, name },
      ({ status }) => advance(status, about, outcome),
    )
  }
}

function advance(status: Status, about: { target: ResourceKey; now: Date }, outcome: Outcome) {
  const finished = outcome.state !== 'Running'
  if (!finished && status.state === 'Running' && status.progress === outcome.progress) return undefined
  const time = about.now.toISOString()
  const next: Status = {
    state: outcome.state,
    startedAt: status.startedAt ?? time,
    ...(outcome.progress !== undefined && { progress: outcome.progress }),
    ...(finished && { finishedAt: time }),
    ...(outcome.error && { error: outcome.error }),
  }
  const indexed: Record<string, string> = { state: outcome.state }
  if (!finished) indexed.open = targetText(about.target)
  return { status: next, indexed }
}

function targetText({ kind, name, version }: ResourceKey): string {
  return `${kind}/${name}${version === undefined ? '' : `:${version}`}`
}
