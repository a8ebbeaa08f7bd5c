/** Gives an image its environment: resolved, recorded, built once for equal ones. */
import { ApiError, type Environment, type EnvironmentSpec } from '@slipway/contract'
import { withCondition } from '../reconcile/conditions.ts'
import { failureOf } from '../reconcile/failure.ts'
import type { Resource, ResourceKey, ResourceStore } from '../store/resource-store.ts'
import type { BuiltEnvironment, EnvironmentBuilder, ResolvedEnvironment } from './environment-builder.ts'

export interface EnvironmentFeature {
  store: ResourceStore
  builder: Pick<EnvironmentBuilder, 'resolve' | 'build' | 'open'>
  now(): Date
}

export interface EnvironmentRequest {
  workspace: string
  spec: EnvironmentSpec
  log(text: string): void
}

/** What an image keeps for itself: conda files that lock to the same packages differ in it and share the environment. */
export interface EnsuredEnvironment extends Pick<ResolvedEnvironment, 'variables' | 'provided' | 'warnings'> {
  environment: Environment
}

type Status = Environment['status']

/** Errors: those of the builder, such as `unsatisfiable`. */
export async function ensureEnvironment(
  feature: EnvironmentFeature,
  { workspace, spec, log }: EnvironmentRequest,
  signal: AbortSignal,
): Promise<EnsuredEnvironment> {
  const resolved = await feature.builder.resolve(spec, log, signal)
  const key = { kind: 'environment', workspace, name: `env-${resolved.hash.slice(0, 16)}` }
  await begin(feature, key, { spec, resolved })
  const built = await feature.builder.build(resolved, log, signal).catch(async (error: unknown) => {
    await breakOff(feature, key, signal.aborted ? undefined : error)
    throw error
  })
  const { variables, provided, warnings } = resolved
  return { environment: await finish(feature, key, built), variables, provided, warnings }
}

export interface OpenedEnvironment {
  siteDir: string
  python: string
}

/** Where the packages and the interpreter of an environment are on this machine. Errors: `unavailable` when they are gone. */
export async function openEnvironment(
  { builder }: Pick<EnvironmentFeature, 'builder'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<OpenedEnvironment> {
  const { hash, python } = environment.status
  const built = await builder.open(hash, signal)
  if (built) return { siteDir: built.siteDir, python: python.path }
  const resolved = await builder.resolve(environment.spec, () => undefined, signal)
  if (resolved.hash !== hash) {
    throw new ApiError(
      'unavailable',
      `the environment ${environment.name} is not on this machine and resolves to another one now`,
      {
        hint: 'Build the image again.',
      },
    )
  }
  const again = await builder.build(resolved, () => undefined, signal)
  return { siteDir: again.siteDir, python: python.path }
}

/** A record that was not written for so long is written again, so that what is about to be used is not freed as old. */
const renewAfterMs = 60 * 60 * 1000

async function begin(
  { store, now }: EnvironmentFeature,
  key: ResourceKey,
  { spec, resolved }: { spec: EnvironmentSpec; resolved: ResolvedEnvironment },
): Promise<void> {
  await store.transaction(async (tx) => {
    if (!(await tx.find(key))) return tx.create({ ...key, spec, status: newStatus(resolved) })
    return tx.update<EnvironmentSpec, Status>(key, ({ status, metadata }) => {
      const next = isPending(status) ? status : running(status)
      const fresh = now().getTime() - Date.parse(metadata.updatedAt) < renewAfterMs
      return next === status && fresh ? undefined : { status: next }
    })
  })
}

function newStatus({ hash, python, packages, provided, warnings }: ResolvedEnvironment): Status {
  return { state: 'Running', hash, python, packages, provided, warnings, conditions: [] }
}

/** It is there, or will be. */
function isPending({ state }: Status): boolean {
  return state === 'Succeeded' || state === 'Running'
}

function running(status: Status): Status {
  const { error: _, ...rest } = status
  return { ...rest, state: 'Running' }
}

/** Without an error, the build was aborted; somebody else who builds the same goes on and says so at the end. */
async function breakOff({ store, now }: EnvironmentFeature, key: ResourceKey, error: unknown): Promise<void> {
  await store.update<EnvironmentSpec, Status>(key, ({ status }) => {
    if (error === undefined) {
      return status.state === 'Running' ? { status: { ...status, state: 'Cancelled' } } : undefined
    }
    const failure = failureOf(error, 'the installation of the packages')
    const statement = {
      type: 'Ready',
      status: 'false',
      reason: 'BuildFailed',
      message: failure.message,
    } as const
    const conditions = withCondition(status.conditions, statement, now())
    return { status: { ...status, state: 'Failed', error: failure, conditions } }
  })
}

async function finish(
  { store, now }: EnvironmentFeature,
  key: ResourceKey,
  { sizeBytes, seconds }: BuiltEnvironment,
): Promise<Environment> {
  const finished = await store.update<EnvironmentSpec, Status>(key, ({ status }) => {
    if (status.state === 'Succeeded') return undefined
    const message = 'the packages are installed'
    const statement = { type: 'Ready', status: 'true', reason: 'Built', message } as const
    const conditions = withCondition(status.conditions, statement, now())
    const { error: _, ...rest } = status
    return { status: { ...rest, state: 'Succeeded', sizeBytes, buildSeconds: seconds, conditions } }
  })
  return asEnvironment(finished)
}

function asEnvironment(resource: Resource<EnvironmentSpec, Status>): Environment {
  return { ...resource, kind: 'environment' }
}
