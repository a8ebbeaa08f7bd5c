/** What holds between the start of the server and the moment replicas are back: known, but not ready. */
import { versionsOf } from '@slipway/contract'
import { keyOf } from '../store/resource-store.ts'
import { applyRoute } from './apply-route.ts'
import { serviceOf } from './earlier-service.ts'
import type { ServiceResource } from './service-document.ts'
import { nameOf, writeStatus, type Run, type ServiceReconciler } from './service-tools.ts'
import { statusAfter } from './status.ts'
import { trafficOf } from './traffic.ts'
import { lookBeforeStart, type VersionLook } from './version-look.ts'

/** Routes every service to nobody, so that callers are told to come again and not that it is unknown. */
export async function routeEverything(tools: ServiceReconciler, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined
  do {
    const filter = { kind: 'service', limit: 500, order: 'oldest', cursor } as const
    const page = await tools.store.list(filter)
    for (const document of page.items) await routeToNobody({ tools, service: serviceOf(document), signal })
    cursor = page.next
  } while (cursor !== undefined)
}

/** The first look since the start: nothing of the service runs here, whatever was stored when the last server ended. */
export async function announceStart(run: Run): Promise<void> {
  const { tools, service } = run
  tools.workloads.set(nameOf(keyOf(service)), new Set())
  const { versions, traffic } = await routeToNobody(run)
  const { generation } = service.metadata
  const { capabilities } = tools.driver
  const look = { versions, traffic, generation, capabilities, tls: tools.tls(), now: tools.now() }
  await writeStatus(tools, keyOf(service), (current) => statusAfter(current, look))
}

async function routeToNobody({ tools, service, signal }: Run) {
  const versions = looksBeforeStart(tools, service)
  const traffic = trafficOf(service, versions)
  await applyRoute(tools, { service, versions: traffic }, signal)
  return { versions, traffic }
}

function looksBeforeStart(tools: ServiceReconciler, service: ServiceResource): VersionLook[] {
  return versionsOf(service.spec).map((version) => lookBeforeStart({ tools, service }, version))
}
