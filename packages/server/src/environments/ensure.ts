/** Gives an image its environment: resolved, recorded, built once for equal ones. */
import { ApiError, type Environment, type EnvironmentSpec } from '@slipway/contract'
import type { Resource, ResourceStore } from '../store/resource-store.ts'
import type { EnvironmentBuilder, ResolvedEnvironment } from './environment-builder.ts'

export interface EnvironmentFeature {
  store: ResourceStore
  builder: EnvironmentBuilder
  now(): Date
}

export interface EnvironmentRequest {
  workspace: string
  spec: EnvironmentSpec
  log(text: string): void
}

type Status = Environment['status']

/** Errors: those of the builder, such as `unsatisfiable`. */
export async function ensureEnvironment(
  { store, builder, now }: EnvironmentFeature,
  { workspace, spec, log }: EnvironmentRequest,
  signal: AbortSignal,
): Promise<Environment> {
  const resolved = await builder.resolve(spec, log, signal)
  const key = { kind: 'environment', workspace, name: `env-${resolved.hash.slice(0, 16)}` }
  const known = await store.transaction(
    async (tx) =>
      (await tx.find<EnvironmentSpec, Status>(key)) ??
      (await tx.create<EnvironmentSpec, Status>({ ...key, spec, status: statusOf(resolved) })),
  )
  const built = await builder.build(resolved, log, signal)
  if (known.status.state === 'Succeeded') return asEnvironment(known)
  const changedAt = now().toISOString()
  const ready = {
    type: 'Ready',
    status: 'true',
    reason: 'Built',
    message: 'the packages are installed',
    changedAt,
  } as const
  const finished = await store.update<EnvironmentSpec, Status>(key, ({ status }) => ({
    status: {
      ...status,
      state: 'Succeeded',
      sizeBytes: built.sizeBytes,
      buildSeconds: built.seconds,
      conditions: [ready],
    },
  }))
  return asEnvironment(finished)
}

export interface OpenedEnvironment {
  siteDir: string
  python: string
  /** Environment variables of the script. */
  variables: Record<string, string>
}

/** Where the packages and the interpreter of an environment are on this machine. Errors: `unavailable` when they are gone. */
export async function openEnvironment(
  { builder }: Pick<EnvironmentFeature, 'builder'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<OpenedEnvironment> {
  const { hash, python, variables } = environment.status
  const built = await builder.open(hash, signal)
  if (built) return { siteDir: built.siteDir, python: python.path, variables }
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
  return { siteDir: again.siteDir, python: python.path, variables }
}

function statusOf({ hash, python, packages, variables, provided, warnings }: ResolvedEnvironment): Status {
  return { state: 'Running', hash, python, packages, variables, provided, warnings, conditions: [] }
}

function asEnvironment(resource: Resource<EnvironmentSpec, Status>): Environment {
  return { ...resource, kind: 'environment' }
}
