/** Creates a service with its first version. */
import {
  ApiError,
  formatReference,
  parseReference,
  type Image,
  type ImageSpec,
  type NewService,
  type Operation,
  type ServiceSettings,
  type ServiceSpec,
} from '@slipway/contract'
import { asOperation, beginOperation, hasOpenOperation } from '../reconcile/operation-records.ts'
import { once } from '../store/idempotency.ts'
import type { ResourceStore, ResourceTransaction } from '../store/resource-store.ts'
import { newKey, newTokenSecret, type Keys } from './keys.ts'
import { keysKey, serviceKey, unseenVersion, type StoredStatus } from './service-document.ts'
import { invalid, refuseUnsupported, type Abilities } from './settings-rules.ts'

export interface Deploying {
  store: ResourceStore
  limits: StoredStatus['limits']
  abilities(): Abilities
}

export interface Deployment {
  workspace: string
  body: NewService
  /** Of the header `Idempotency-Key`. */
  key: string | undefined
}

export async function deploy(
  { store, limits, abilities }: Deploying,
  { workspace, body, key }: Deployment,
): Promise<Operation> {
  const { name, description, tags, properties } = body
  const settings = settledSettings(body)
  refuseUnsupported(settings, abilities())
  const keys = keysFor(body, settings)
  return store.transaction(async (tx) => {
    const started = await once(tx, { workspace, key, request: body }, async () => {
      const target = { ...serviceKey({ workspace, name }), kind: 'service' as const }
      await refuseWhileDeleted(tx, target)
      const image = await resolveImage(tx, workspace, body.image)
      const spec = firstSpec(body, { settings, image: formatReference(image.name, image.version) })
      const status: StoredStatus = {
        state: 'Transitioning',
        versions: { [spec.versionName]: unseenVersion },
        limits,
        conditions: [],
      }
      const said = { description, tags, properties }
      await tx.create({ ...target, ...said, spec, status, uses: [image], indexed: indexOf(spec) })
      await tx.create({ ...keysKey({ workspace, name }), spec: keys, status: {} })
      return beginOperation(tx, { action: 'service-create', target, targetGeneration: 1 })
    })
    return asOperation(started)
  })
}

/** Tokens alone turn the keys off. */
function settledSettings({ settings }: NewService): ServiceSettings {
  return { ...settings, authEnabled: settings.authEnabled ?? !settings.tokenAuthEnabled }
}

function keysFor({ primaryKey, secondaryKey }: NewService, settings: ServiceSettings): Keys {
  if (!settings.authEnabled && (primaryKey ?? secondaryKey) !== undefined) {
    const path = primaryKey === undefined ? 'body.secondaryKey' : 'body.primaryKey'
    throw invalid([{ path, message: 'needs authEnabled: this service asks for no key' }])
  }
  return {
    primaryKey: primaryKey ?? newKey(),
    secondaryKey: secondaryKey ?? newKey(),
    ...(settings.tokenAuthEnabled && { tokenSecret: newTokenSecret() }),
  }
}

async function refuseWhileDeleted(
  tx: ResourceTransaction,
  target: Parameters<typeof hasOpenOperation>[1],
): Promise<void> {
  if (!(await hasOpenOperation(tx, target, 'service-delete'))) return
  throw new ApiError('conflict', `the service ${target.name} is still being deleted`, {
    hint: 'Try again in a moment.',
  })
}

function firstSpec(
  { target, sampleRequest, versionName }: NewService,
  { settings, image }: { settings: ServiceSettings; image: string },
): ServiceSpec {
  const sample = sampleRequest !== undefined && { sampleRequest }
  return { image, target, settings, ...sample, versionName, versions: {} }
}

/** Services are found by the image of their default version. */
export function indexOf({ image, target }: ServiceSpec): Record<string, string> {
  return { image: parseReference(image).name, target }
}

/** The image named, with its version. Errors: `not-found`, `build-failed` for one that was not built. */
export async function resolveImage(tx: ResourceTransaction, workspace: string, reference: string) {
  const { name, version } = parseReference(reference)
  const key = { kind: 'image', workspace, name }
  const image = await (version === undefined
    ? tx.latest<ImageSpec, Image['status']>(key)
    : tx.get<ImageSpec, Image['status']>({ ...key, version }))
  const found = { ...key, version: image.version ?? 1 }
  if (image.status.state === 'Failed') {
    const text = formatReference(name, found.version)
    const why = image.status.error?.message ?? 'it failed'
    throw new ApiError('build-failed', `the image ${text} was not built: ${why}`, {
      hint: `Read its log: slipway image logs ${text}`,
    })
  }
  return found
}
