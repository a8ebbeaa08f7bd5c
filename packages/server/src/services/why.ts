/** Explains a service: the chain from its wish to the fact, the first failing link, its log, what to do. */
import {
  parseReference,
  type Environment,
  type Image,
  type ImageSpec,
  type LogEntry,
  type Replica,
  type Why,
  type WhyStep,
} from '@slipway/contract'
import type { LogStore } from '../store/logs/log-store.ts'
import type { Resource, ResourceStore } from '../store/resource-store.ts'
import { serviceLogKey, type ServiceResource } from './service-document.ts'

export interface WhyTools {
  store: ResourceStore
  logs: LogStore
  /** Where the log of an image's build is. */
  buildLogKey(imageUid: string): string
}

/** Lines of the log that are shown with the first failing step. */
const shownLines = 30

type ImageDocument = Resource<ImageSpec, Image['status']>

export async function explain(tools: WhyTools, service: ServiceResource): Promise<Why> {
  const { name, version = 1 } = parseReference(service.spec.image)
  const { workspace } = service.metadata
  const image = await tools.store.find<ImageSpec, Image['status']>({
    kind: 'image',
    workspace,
    name,
    version,
  })
  const environment = await findEnvironment(tools, workspace, image)
  const chain = chainOf(service, image, environment)
  const fault = chain.find(({ status }) => status === 'failed')
  return {
    service: service.name,
    state: service.status.state,
    summary: summaryOf(service, chain),
    chain,
    ...(service.status.error?.hint !== undefined && { hint: service.status.error.hint }),
    log: fault ? await linesOf(tools, { service, image, fault }) : [],
  }
}

async function findEnvironment({ store }: WhyTools, workspace: string, image: ImageDocument | undefined) {
  const name = image?.status.environment
  if (name === undefined) return undefined
  return store.find<Environment['spec'], Environment['status']>({ kind: 'environment', workspace, name })
}

function summaryOf(service: ServiceResource, chain: readonly WhyStep[]): string {
  const blocking =
    chain.find(({ status }) => status === 'failed') ?? chain.find(({ status }) => status === 'waiting')
  if (!blocking)
    return `${service.name} is ready and serves ${service.status.serving?.image ?? service.spec.image}.`
  const still = service.status.replicas.find(({ current, phase }) => !current && phase === 'ready')
  const keeps = still ? ` ${still.image} keeps serving.` : ''
  return `${service.name} is not ready: ${blocking.message}.${keeps}`
}

/** Steps after the first one that is not done are unknown. */
function chainOf(
  service: ServiceResource,
  image: ImageDocument | undefined,
  environment: Resource<unknown, Environment['status']> | undefined,
): WhyStep[] {
  const steps = [
    specStep(service),
    environmentStep(image, environment),
    buildStep(service, image),
    ...replicaSteps(service),
    routeStep(service),
    readyStep(service),
  ]
  const stop = steps.findIndex(({ status }) => status !== 'ok')
  return steps.map((step, index) =>
    stop === -1 || index <= stop ? step : { step: step.step, status: 'unknown', message: 'not reached yet' },
  )
}

function specStep({ spec, metadata }: ServiceResource): WhyStep {
  const { numReplicas } = spec.settings
  const message = `wants ${numReplicas} replica${numReplicas === 1 ? '' : 's'} of ${spec.image} on ${spec.target}`
  return { step: 'spec', status: 'ok', message, at: metadata.updatedAt }
}

function environmentStep(
  image: ImageDocument | undefined,
  environment: Resource<unknown, Environment['status']> | undefined,
): WhyStep {
  if (environment) {
    const { python, packages } = environment.status
    return {
      step: 'environment',
      status: 'ok',
      message: `${environment.name}: Python ${python.version}, ${packages.length} packages`,
    }
  }
  const { state, stage, error } = image?.status ?? {}
  if (stage === 'environment' && error)
    return { step: 'environment', status: 'failed', message: error.message }
  if (state === 'Failed') return { step: 'environment', status: 'ok', message: 'the packages are installed' }
  return { step: 'environment', status: 'waiting', message: 'the environment is being built' }
}

function buildStep({ spec }: ServiceResource, image: ImageDocument | undefined): WhyStep {
  if (!image) return { step: 'build', status: 'failed', message: `the image ${spec.image} does not exist` }
  const { state, error, digest, finishedAt } = image.status
  const at = finishedAt === undefined ? {} : { at: finishedAt }
  if (state === 'Succeeded')
    return { step: 'build', status: 'ok', message: `${spec.image} is ${digest}`, ...at }
  if (error)
    return {
      step: 'build',
      status: 'failed',
      message: `${spec.image} was not built: ${error.message}`,
      ...at,
    }
  return { step: 'build', status: 'waiting', message: `${spec.image} is being built` }
}

const replicaOrder = ['start', 'import', 'init'] as const
const stepNames = { spawn: 'start', import: 'import', init: 'init' } as const
const doneTexts = {
  start: 'Python started',
  import: 'the script was imported',
  init: 'init() returned',
} as const
const busyTexts = {
  start: 'Python is starting',
  import: 'the script is being imported',
  init: 'init() is running',
} as const

/** The furthest replica of the wanted image tells how far the start is. */
function replicaSteps({ status }: ServiceResource): WhyStep[] {
  const replicas = status.replicas.filter(({ current }) => current)
  const replica = replicas.find(({ phase }) => phase === 'ready') ?? failedReplica({ status }) ?? replicas[0]
  if (!replica && status.error) return [{ step: 'start', status: 'failed', message: status.error.message }]
  return replicaOrder.map((step) => replicaStep(step, replica))
}

function failedReplica({ status }: Pick<ServiceResource, 'status'>): Replica | undefined {
  return status.replicas.find(({ current, phase }) => current && phase === 'failed')
}

function replicaStep(step: (typeof replicaOrder)[number], replica: Replica | undefined): WhyStep {
  if (!replica) return { step, status: 'waiting', message: 'no replica yet' }
  const reached = stepNames[(replica.step ?? 'spawn') as keyof typeof stepNames] ?? 'start'
  const position = replicaOrder.indexOf(step) - replicaOrder.indexOf(reached)
  if (replica.phase === 'ready' || position < 0) return { step, status: 'ok', message: doneTexts[step] }
  if (position > 0) return { step, status: 'waiting', message: 'not reached yet' }
  if (replica.phase === 'failed') return { step, status: 'failed', message: replica.message ?? 'it failed' }
  return { step, status: 'waiting', message: replica.message ?? busyTexts[step] }
}

function routeStep({ status, spec, metadata }: ServiceResource): WhyStep {
  if (status.serving?.generation === metadata.generation) {
    return {
      step: 'route',
      status: 'ok',
      message: `requests go to ${spec.image}`,
      at: status.serving.servedSince,
    }
  }
  return { step: 'route', status: 'waiting', message: `requests do not go to ${spec.image} yet` }
}

function readyStep({ status }: ServiceResource): WhyStep {
  const ready = status.conditions.find(({ type }) => type === 'Ready')
  if (status.state === 'Healthy') return { step: 'ready', status: 'ok', message: ready?.message ?? 'ready' }
  const state = status.error ? 'failed' : 'waiting'
  return { step: 'ready', status: state, message: status.error?.message ?? ready?.message ?? status.state }
}

interface Fault {
  service: ServiceResource
  image: ImageDocument | undefined
  fault: WhyStep
}

/** Of the replica that failed alone: what the version that serves goes on to print would hide why. */
async function linesOf({ logs, buildLogKey }: WhyTools, { service, image, fault }: Fault): Promise<string[]> {
  const inBuild = fault.step === 'environment' || fault.step === 'build'
  const entries = inBuild
    ? await logs.read(buildLogKey(image?.metadata.uid ?? ''), { lines: shownLines })
    : await logs.read(serviceLogKey({ workspace: service.metadata.workspace, name: service.name }), {
        lines: shownLines,
        source: failedReplica(service)?.id,
      })
  return entries.flatMap(({ text }: LogEntry) => text.split('\n')).slice(-shownLines)
}
