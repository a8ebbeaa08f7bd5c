/** Explains a service: for each version the chain from its wish to the fact, the first failing link, its log, what to do. */
import {
  parseReference,
  versionsOf,
  type Environment,
  type Image,
  type ImageSpec,
  type LogEntry,
  type NamedVersion,
  type Why,
  type WhyStep,
  type WhyVersion,
} from '@slipway/contract'
import type { LogStore } from '../store/logs/log-store.ts'
import type { Resource, ResourceStore } from '../store/resource-store.ts'
import type { Autoscaler } from './autoscaler.ts'
import { placeOf, serviceLogKey, versionStatus, type ServiceResource } from './service-document.ts'
import { chainOf, failedReplica, type Explained } from './why-chain.ts'

export interface WhyTools {
  store: ResourceStore
  logs: LogStore
  autoscaler: Pick<Autoscaler, 'lastSample'>
  hasGateway(): boolean
  /** Where the log of an image's build is. */
  buildLogKey(imageUid: string): string
}

/** Lines of the log that are shown with the first failing step. */
const shownLines = 30

const noGatewayHint =
  'Start one with slipway serve --role gateway --api URL --token-file FILE; slipway doctor lists those that report.'

export async function explain(tools: WhyTools, service: ServiceResource): Promise<Why> {
  const explained = versionsOf(service.spec).map((version) => explainVersion(tools, service, version))
  const [main, ...versions] = await Promise.all(explained)
  // A service has its default version at least.
  if (!main) throw new Error(`the service ${service.name} has no version`)
  const { name: _, ...answer } = main
  return { service: service.name, ...answer, versions }
}

async function explainVersion(
  tools: WhyTools,
  service: ServiceResource,
  version: NamedVersion,
): Promise<WhyVersion> {
  const { workspace } = service.metadata
  const { name, version: number = 1 } = parseReference(version.image)
  const key = { kind: 'image', workspace, name, version: number }
  const image = await tools.store.find<ImageSpec, Image['status']>(key)
  const environment = await findEnvironment(tools, workspace, image)
  const status = versionStatus(service.status, version.name)
  const hasGateway = tools.hasGateway()
  const explained: Explained = { service, version, status, image, environment, hasGateway }
  const chain = chainOf(explained)
  const fault = chain.find(({ status: how }) => how === 'failed')
  const autoscale = autoscaleOf(tools, explained)
  const hint = fault?.step === 'route' ? noGatewayHint : status.error?.hint
  return {
    name: version.name,
    state: status.state,
    summary: summaryOf(explained, chain),
    chain,
    ...(hint !== undefined && { hint }),
    log: fault ? await linesOf(tools, explained, fault) : [],
    ...(autoscale && { autoscale }),
  }
}

async function findEnvironment(
  { store }: WhyTools,
  workspace: string,
  image: Resource<ImageSpec, Image['status']> | undefined,
) {
  const name = image?.status.environment
  if (name === undefined) return undefined
  return store.find<Environment['spec'], Environment['status']>({ kind: 'environment', workspace, name })
}

function summaryOf({ service, version, status }: Explained, chain: readonly WhyStep[]): string {
  const who = version.isDefault ? service.name : `${version.name} of ${service.name}`
  const blocking =
    chain.find(({ status: how }) => how === 'failed') ?? chain.find(({ status: how }) => how === 'waiting')
  if (!blocking) return `${who} is ready and serves ${status.serving?.image ?? version.image}.`
  const still = status.replicas.find(({ current, phase }) => !current && phase === 'ready')
  const keeps = still ? ` ${still.image} keeps serving.` : ''
  return `${who} is not ready: ${blocking.message.replace(/\.$/, '')}.${keeps}`
}

function autoscaleOf(
  { autoscaler }: WhyTools,
  { service, version, status }: Explained,
): WhyVersion['autoscale'] {
  if (!version.settings.autoscaleEnabled) return undefined
  const sample = autoscaler.lastSample(placeOf(service), version.name)
  const decided = status.autoscale ?? { replicas: status.wantedReplicas, decisions: [] }
  return { ...decided, ...(sample !== undefined && { sample }) }
}

/** Of the replica that failed alone: what the version that serves goes on to print would hide why. */
async function linesOf(
  { logs, buildLogKey }: WhyTools,
  explained: Explained,
  fault: WhyStep,
): Promise<string[]> {
  const { service, image, status } = explained
  const inBuild = fault.step === 'environment' || fault.step === 'build'
  const entries = inBuild
    ? await logs.read(buildLogKey(image?.metadata.uid ?? ''), { lines: shownLines })
    : await logs.read(serviceLogKey(placeOf(service)), {
        lines: shownLines,
        source: failedReplica(status)?.id,
      })
  return entries.flatMap(({ text }: LogEntry) => text.split('\n')).slice(-shownLines)
}
