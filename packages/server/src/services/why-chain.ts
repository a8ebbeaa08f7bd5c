/** The chain from what a version wishes to what is there, step by step. */
import {
  autoscaleOf,
  type Environment,
  type Image,
  type ImageSpec,
  type NamedVersion,
  type Replica,
  type VersionStatus,
  type WhyStep,
} from '@slipway/contract'
import type { Resource } from '../store/resource-store.ts'
import type { ServiceResource } from './service-document.ts'
import { sameWish } from './workload.ts'

/** A version with what it rests on. */
export interface Explained {
  service: ServiceResource
  version: NamedVersion
  status: VersionStatus
  image: Resource<ImageSpec, Image['status']> | undefined
  environment: Resource<Environment['spec'], Environment['status']> | undefined
  /** Whether a gateway is there that takes requests. */
  hasGateway: boolean
}

/** Steps after the first one that is not done are unknown. */
export function chainOf(explained: Explained): WhyStep[] {
  const steps = [
    specStep(explained),
    environmentStep(explained),
    buildStep(explained),
    ...replicaSteps(explained),
    routeStep(explained),
    readyStep(explained),
  ]
  const stop = steps.findIndex(({ status }) => status !== 'ok')
  return steps.map((step, index) =>
    stop === -1 || index <= stop ? step : { step: step.step, status: 'unknown', message: 'not reached yet' },
  )
}

function specStep({ service, version, status }: Explained): WhyStep {
  const { wantedReplicas: count } = status
  const who = version.isDefault ? '' : `${version.name} `
  const policy = autoscaleOf(version.settings)
  const scaled = policy ? `, ${policy.minReplicas} to ${policy.maxReplicas} by its load` : ''
  const replicas = `${count} replica${count === 1 ? '' : 's'} of ${version.image}`
  const message = `${who}wants ${replicas} on ${service.spec.target}${scaled}`
  return { step: 'spec', status: 'ok', message, at: service.metadata.updatedAt }
}

function environmentStep({ image, environment }: Explained): WhyStep {
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

function buildStep({ version, image }: Explained): WhyStep {
  const { image: reference } = version
  if (!image) return { step: 'build', status: 'failed', message: `the image ${reference} does not exist` }
  const { state, error, digest, finishedAt } = image.status
  const at = finishedAt === undefined ? {} : { at: finishedAt }
  if (state === 'Succeeded')
    return { step: 'build', status: 'ok', message: `${reference} is ${digest}`, ...at }
  if (error)
    return {
      step: 'build',
      status: 'failed',
      message: `${reference} was not built: ${error.message}`,
      ...at,
    }
  return { step: 'build', status: 'waiting', message: `${reference} is being built` }
}

const replicaOrder = ['start', 'import', 'init', 'sample'] as const
type ReplicaStep = (typeof replicaOrder)[number]
const stepNames = { spawn: 'start', import: 'import', init: 'init', sample: 'sample' } as const
const doneTexts = {
  start: 'Python started',
  import: 'the script was imported',
  init: 'init() returned',
  sample: 'the sample request was answered',
} as const
const busyTexts = {
  start: 'Python is starting',
  import: 'the script is being imported',
  init: 'init() is running',
  sample: 'the sample request is being answered',
} as const

/** The furthest replica of the wanted image tells how far the start is. */
function replicaSteps({ version, status }: Explained): WhyStep[] {
  const replicas = status.replicas.filter(({ current }) => current)
  const replica = replicas.find(({ phase }) => phase === 'ready') ?? failedReplica(status) ?? replicas[0]
  if (!replica && status.error) return [{ step: 'start', status: 'failed', message: status.error.message }]
  if (!replica && status.state === 'Healthy')
    return [{ step: 'start', status: 'ok', message: status.message }]
  return replicaOrder
    .filter((step) => step !== 'sample' || version.sampleRequest !== undefined)
    .map((step) => replicaStep(step, replica))
}

export function failedReplica({ replicas }: Pick<VersionStatus, 'replicas'>): Replica | undefined {
  return replicas.find(({ current, phase }) => current && phase === 'failed')
}

function replicaStep(step: ReplicaStep, replica: Replica | undefined): WhyStep {
  if (!replica) return { step, status: 'waiting', message: 'no replica yet' }
  const reached = stepNames[(replica.step ?? 'spawn') as keyof typeof stepNames] ?? 'start'
  const position = replicaOrder.indexOf(step) - replicaOrder.indexOf(reached)
  if (replica.phase === 'ready' || position < 0) return { step, status: 'ok', message: doneTexts[step] }
  if (position > 0) return { step, status: 'waiting', message: 'not reached yet' }
  if (replica.phase === 'failed') return { step, status: 'failed', message: replica.message ?? 'it failed' }
  return { step, status: 'waiting', message: replica.message ?? busyTexts[step] }
}

function routeStep({ version, status, hasGateway }: Explained): WhyStep {
  const { serving, trafficPercent } = status
  if (!hasGateway)
    return { step: 'route', status: 'failed', message: 'no gateway is connected that takes requests' }
  if (!serving || !sameWish(serving, version))
    return { step: 'route', status: 'waiting', message: `requests do not go to ${version.image} yet` }
  const { shadowPercent } = version
  const share =
    version.isDefault && trafficPercent === 100 ? 'requests go' : `${trafficPercent} % of the requests go`
  const copies = shadowPercent > 0 ? `, and copies of ${shadowPercent} %` : ''
  const message = `${share} to ${version.image}${copies}`
  return { step: 'route', status: 'ok', message, at: serving.servedSince }
}

function readyStep({ status }: Explained): WhyStep {
  if (status.state === 'Healthy')
    return { step: 'ready', status: 'ok', message: `${status.message}${pastEnds(status.replicas)}` }
  const how = status.error ? 'failed' : 'waiting'
  return { step: 'ready', status: how, message: status.error?.message ?? status.message }
}

/** A service whose replicas end again and again is ready most of the time, and loses a request each time. */
function pastEnds(replicas: readonly Replica[]): string {
  const current = replicas.filter((replica) => replica.current)
  const restarts = current.reduce((sum, replica) => sum + replica.restarts, 0)
  const last = current.find(({ message }) => message !== undefined)?.message
  if (restarts === 0 || last === undefined) return ''
  return `; started again ${restarts === 1 ? 'once' : `${restarts} times`}: ${last}`
}
