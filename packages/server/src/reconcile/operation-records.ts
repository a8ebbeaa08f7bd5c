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
  /** The version of a service that the action is about. */
  serviceVersion?: string | undefined
  targetGeneration: number
}

/** Records an action in the transaction that causes it. */
export async function beginOperation(tx: ResourceTransaction, start: OperationStart): Promise<Operation> {
  const { kind, workspace, name, version } = start.target
  const { serviceVersion } = start
  const resource = await tx.create<Spec, Status>({
    kind: 'operation',
    workspace,
    name: `op-${randomBytes(16).toString('hex')}`,
    spec: {
      action: start.action,
      target: {
        kind,
        name,
        ...(version !== undefined && { version }),
        ...(serviceVersion !== undefined && { serviceVersion }),
      },
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
  reader: Pick<ResourceReader, 'list'>,
  target: ResourceKey,
  action: OperationAction,
): Promise<boolean> {
  for await (const { spec } of openOperations(reader, target)) if (spec.action === action) return true
  return false
}

/** Tells whether somebody has asked for something on `target` that no look has answered yet. */
export async function isAskedAnew(
  reader: Pick<ResourceReader, 'list'>,
  target: ResourceKey,
  isMeant: (operation: Spec) => boolean,
): Promise<boolean> {
  for await (const { status, spec } of openOperations(reader, target))
    if (status.state === 'NotStarted' && isMeant(spec)) return true
  return false
}

/** What unfinished operations act on: their reconcilers have work there, even where the target is gone. */
export async function* openTargets(
  reader: Pick<ResourceReader, 'list'>,
  kind: Spec['target']['kind'],
): AsyncIterable<ResourceKey> {
  for (const state of ['NotStarted', 'Running']) {
    for await (const { spec, metadata } of operationsWhere(reader, { where: { state } })) {
      if (spec.target.kind === kind) yield { workspace: metadata.workspace, ...keyPart(spec.target) }
    }
  }
}

function keyPart({ kind, name, version }: Spec['target']): Omit<ResourceKey, 'workspace'> {
  return { kind, name, ...(version !== undefined && { version }) }
}

export interface Outcome {
  state: 'Running' | 'Succeeded' | 'Failed' | 'Cancelled'
  progress?: string
  error?: Failure
}

export interface Report {
  target: ResourceKey
  /** Operations that wait for a later generation of the target are left alone. */
  generation: number
  now: Date
}

/** Moves the unfinished operations on a target; one that is already there, with the same progress, is left as it is. */
export async function reportOperations(
  store: ResourceStore,
  report: Report,
  outcome: Outcome | ((operation: Spec) => Outcome),
): Promise<void> {
  for await (const { name, metadata, spec } of openOperations(store, report.target)) {
    if (spec.targetGeneration > report.generation) continue
    const reached = typeof outcome === 'function' ? outcome(spec) : outcome
    await store.update<Spec, Status>(
      { kind: 'operation', workspace: metadata.workspace, name },
      ({ status }) => advance(status, report, reached),
    )
  }
}

function openOperations(reader: Pick<ResourceReader, 'list'>, target: ResourceKey) {
  return operationsWhere(reader, { workspace: target.workspace, where: { open: targetText(target) } })
}

async function* operationsWhere(
  reader: Pick<ResourceReader, 'list'>,
  filter: { workspace?: string; where: Record<string, string> },
): AsyncIterable<Resource<Spec, Status>> {
  let cursor: string | undefined
  do {
    const options = { kind: 'operation', limit: 100, order: 'oldest', cursor, ...filter } as const
    const page = await reader.list<Spec, Status>(options)
    yield* page.items
    cursor = page.next
  } while (cursor !== undefined)
}

function advance(status: Status, { target, now }: Report, outcome: Outcome) {
  const finished = outcome.state !== 'Running'
  if (!finished && status.state === 'Running' && status.progress === outcome.progress) return undefined
  const time = now.toISOString()
  const next: Status = {
    state: outcome.state,
    startedAt: status.startedAt ?? time,
    ...(outcome.progress !== undefined && { progress: outcome.progress }),
    ...(finished && { finishedAt: time }),
    ...(outcome.error && { error: outcome.error }),
  }
  const indexed: Record<string, string> = { state: outcome.state }
  if (!finished) indexed.open = targetText(target)
  return { status: next, indexed }
}

function targetText({ kind, name, version }: ResourceKey): string {
  return `${kind}/${name}${version === undefined ? '' : `:${version}`}`
}
