/** What the server says of itself: health, facts, checks, and changes as they happen. */
import { statfs } from 'node:fs/promises'
import { defaultWorkspace, type Check, type ServerInfo } from '@slipway/contract'
import type { NounHandlers, ServerEvent } from '../http/handlers.ts'
import type { ResourceStore } from '../store/resource-store.ts'

export interface AboutFeature {
  store: ResourceStore
  info(): Omit<ServerInfo, 'defaultWorkspace'>
  /** Tools and interpreters that building environments needs. */
  checkTools(signal: AbortSignal): Promise<Check[]>
  /** All metrics, in the text format of Prometheus. */
  metrics(): Promise<string>
}

/** Free space below which the doctor warns, in bytes. */
const scarceBytes = 2 * 2 ** 30

/** Kinds that are internal and never shown. */
const shownKinds = ['model', 'environment', 'image', 'service', 'operation'] as const

export function aboutHandlers(feature: AboutFeature): NounHandlers<'server'> {
  return {
    health: async () => ({ status: 'ok' }),
    info: async () => ({ ...feature.info(), defaultWorkspace }),
    doctor: async (_request, { signal }) => ({
      checks: [
        await checkDisk(feature.info().dataFolder),
        ...feature.info().targets.flatMap(checkTarget),
        ...(await feature.checkTools(signal)),
      ],
    }),
    metrics: async () => feature.metrics(),
    watch: async ({ params, query }, { signal, header }) => {
      const resumed = header('last-event-id')
      const after = resumed !== undefined && /^\d{1,15}$/.test(resumed) ? Number(resumed) : query.after
      const kinds = query.kind ? [query.kind] : shownKinds
      const afterRevision = after ?? (await feature.store.revision())
      return changes(feature.store, { afterRevision, kinds, workspace: params.workspace }, signal)
    },
  }
}

async function* changes(
  store: ResourceStore,
  options: { afterRevision: number; kinds: readonly string[]; workspace: string },
  signal: AbortSignal,
): AsyncIterable<ServerEvent> {
  for await (const { revision, type, resource } of store.watch(options, signal)) {
    yield { id: String(revision), data: { type: type === 'deleted' ? 'delete' : 'put', revision, resource } }
  }
}

async function checkDisk(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${(free / 2 ** 30).toFixed(1)} GiB free in ${folder}`
  if (free >= scarceBytes) return { name: 'disk', status: 'ok', message }
  return {
    name: 'disk',
    status: 'warning',
    message,
    hint: 'Environments and models need room: free some, or use --data.',
  }
}

function checkTarget({ kind, cpuLimit, memoryLimit }: ServerInfo['targets'][number]): Check[] {
  const limits = { cpu: cpuLimit, memory: memoryLimit }
  return Object.entries(limits).map(([what, { enforced, by, why }]) => ({
    name: `${kind} target: ${what} limit`,
    status: enforced ? 'ok' : 'warning',
    message: enforced ? `enforced by ${by}` : `not enforced: ${why}`,
    ...(!enforced && { hint: 'Services run all the same; their limits are shown as not enforced.' }),
  }))
}
