/** Waits for operations, showing what they wait for. */
import { formatReference, type LogEntry, type Operation } from '@slipway/contract'
import { waitForOperation, type Client } from '@slipway/sdk'
import type { Action } from './action.ts'
import { logLine } from './output/log-lines.ts'

/**
 * The operation once it has succeeded; with --verbose the log of what it does runs along. Errors: the operation's own.
 */
export async function finish(action: Action, client: Client, operation: Operation): Promise<Operation> {
  const stop = new AbortController()
  const log = action.verbose ? followLog(action, client, { operation, stop: stop.signal }) : undefined
  try {
    const ref = { workspace: operation.metadata.workspace, name: operation.name }
    const onProgress = (current: Operation) => action.progress.say(describe(current))
    return await waitForOperation(client, ref, { onProgress, signal: action.signal })
  } catch (error) {
    if (action.signal.aborted) {
      action.progress.line(`the server goes on with it; see: slipway operation show ${operation.name}`)
    }
    throw error
  } finally {
    if (operation.spec.action !== 'image-create') stop.abort()
    await log
  }
}

const verbs: Readonly<Record<Operation['spec']['action'], string>> = {
  'image-create': 'building image',
  'service-create': 'deploying service',
  'service-update': 'updating service',
  'service-rollback': 'rolling back service',
  'service-delete': 'deleting service',
  'version-create': 'adding a version to service',
  'version-update': 'changing a version of service',
  'version-delete': 'deleting a version of service',
}

function describe({ spec, status }: Operation): string {
  const { name, version } = spec.target
  const target = version === undefined ? name : formatReference(name, version)
  return `${verbs[spec.action]} ${target}: ${status.progress ?? status.state}`
}

interface Following {
  operation: Operation
  stop: AbortSignal
}

async function followLog(action: Action, client: Client, following: Following): Promise<void> {
  const { stop } = following
  try {
    for await (const entry of openLog(action, client, following)) action.progress.line(logLine(entry))
  } catch (error) {
    if (stop.aborted || action.signal.aborted) return
    action.progress.line(
      `the log cannot be followed: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** The log of a build ends by itself; that of a service is followed until `stop`. */
function openLog(action: Action, client: Client, { operation, stop }: Following): AsyncIterable<LogEntry> {
  const { workspace } = operation.metadata
  const { kind, name, version = 1 } = operation.spec.target
  const signal = AbortSignal.any([stop, action.signal])
  return kind === 'image'
    ? client.images.followLogs({ params: { workspace, name, version } }, { signal })
    : client.services.followLogs({ params: { workspace, name } }, { signal })
}
