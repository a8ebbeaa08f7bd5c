/** Waits for long-running operations. */
import { ApiError, isErrorCode, type Operation } from '@slipway/contract'
import type { Client } from './client.ts'
import { delay } from './delay.ts'

export interface OperationRef {
  workspace: string
  name: string
}

export interface WaitOptions {
  /** Called with the operation each time it has changed, and once at the start. */
  onProgress?: ((operation: Operation) => void) | undefined
  signal?: AbortSignal | undefined
  /** Longest time between two looks at the operation, should no change be announced; 2000 unless given. */
  pollIntervalMs?: number | undefined
}

/**
 * The operation once it has succeeded. Errors: the operation's own error, or what kept it from being read. Changes
 * are watched; where the watch breaks, the operation is read at an interval instead.
 */
export async function waitForOperation(
  client: Client,
  ref: OperationRef,
  options: WaitOptions = {},
): Promise<Operation> {
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const read = () => client.operations.get({ params: ref }, { signal })
  try {
    const first = await read()
    const changed = watchOperation(client, { ref, after: first.metadata.revision, signal })
    return await untilFinished(first, { ...options, read, changed, signal })
  } finally {
    stop.abort()
  }
}

interface Waiting extends WaitOptions {
  read: () => Promise<Operation>
  changed: AsyncIterator<void>
  signal: AbortSignal
}

async function untilFinished(first: Operation, waiting: Waiting): Promise<Operation> {
  let operation = first
  let seenRevision: number | undefined
  let change = nextChange(waiting.changed)
  for (;;) {
    if (operation.metadata.revision !== seenRevision) waiting.onProgress?.(operation)
    seenRevision = operation.metadata.revision
    if (isFinished(operation)) return succeeded(operation)
    const woken = await Promise.race([change, pause(waiting)])
    if (woken === 'changed') change = nextChange(waiting.changed)
    operation = await waiting.read()
  }
}

/** Resolves at the next announced change; never, where the watch has ended. */
async function nextChange(changed: AsyncIterator<void>): Promise<'changed'> {
  const gone = new Promise<never>(() => {})
  try {
    return (await changed.next()).done ? await gone : 'changed'
  } catch {
    // The watch is a shortcut only: the operation is still read at the interval, and that read tells what is wrong.
    return gone
  }
}

async function pause({ pollIntervalMs = 2000, signal }: Waiting): Promise<'waited'> {
  await delay(pollIntervalMs, signal)
  return 'waited'
}

interface Watch {
  ref: OperationRef
  after: number
  signal: AbortSignal
}

async function* watchOperation(client: Client, { ref, after, signal }: Watch): AsyncGenerator<void, void> {
  const input = { params: { workspace: ref.workspace }, query: { after, kind: 'operation' as const } }
  for await (const change of client.server.watch(input, { signal })) {
    if (change.resource.name === ref.name) yield
  }
}

export function isFinished(operation: Operation): boolean {
  const { state } = operation.status
  return state !== 'NotStarted' && state !== 'Running'
}

function succeeded(operation: Operation): Operation {
  const { state, error } = operation.status
  if (state === 'Succeeded') return operation
  const fallback = operation.spec.action === 'image-create' ? 'build-failed' : 'deploy-failed'
  const code = isErrorCode(error?.code) ? error.code : fallback
  const message = error?.message ?? `${operation.spec.action} ended as ${state}`
  throw new ApiError(code, message, error?.hint === undefined ? {} : { hint: error.hint })
}
