/** Keys and tokens of a service: read, replaced, issued, revoked. */
import { ApiError, type RegenerateKey, type ServiceToken } from '@slipway/contract'
import { issueToken } from '@slipway/scoring'
import type * as z from 'zod'
import type { ResourceStore } from '../store/resource-store.ts'
import { readService, type Place } from './change-service.ts'
import { newKey, newTokenSecret, tokenSecretOf, type KeyPair, type Keys } from './keys.ts'
import { keysKey, pathPrefix, type ServiceResource } from './service-document.ts'

export interface Access {
  store: ResourceStore
  /** Has every gateway ask for these from the next request on. */
  useKeys(service: ServiceResource, keys: Keys): Promise<void>
  now(): Date
}

const lifetimeSeconds = 12 * 3600
const refreshAfterSeconds = 10 * 3600

/** Errors: `conflict` where callers are asked for a token. */
export async function readKeys({ store }: Access, place: Place): Promise<KeyPair> {
  refuseWithTokens(await readService(store, place))
  return pairOf((await store.get<Keys>(keysKey(place))).spec)
}

/** Errors: `conflict` where callers are asked for a token. */
export async function regenerateKey(
  access: Access,
  place: Place,
  { keyType, keyValue }: z.output<typeof RegenerateKey>,
): Promise<KeyPair> {
  const service = await readService(access.store, place)
  refuseWithTokens(service)
  const field = keyType === 'Primary' ? 'primaryKey' : 'secondaryKey'
  return pairOf(await changeKeys(access, service, { [field]: keyValue ?? newKey() }))
}

/** Errors: `conflict` where callers are not asked for a token. */
export async function issueServiceToken(access: Access, place: Place): Promise<ServiceToken> {
  refuseWithoutTokens(await readService(access.store, place))
  const { spec } = await access.store.get<Keys>(keysKey(place))
  return tokenFor(access, place, spec)
}

/** Errors: `conflict` where callers are not asked for a token. */
export async function revokeTokens(access: Access, place: Place): Promise<ServiceToken> {
  const service = await readService(access.store, place)
  refuseWithoutTokens(service)
  return tokenFor(access, place, await changeKeys(access, service, { tokenSecret: newTokenSecret() }))
}

async function changeKeys(access: Access, service: ServiceResource, change: Partial<Keys>): Promise<Keys> {
  const key = keysKey({ workspace: service.metadata.workspace, name: service.name })
  const { spec } = await access.store.update<Keys>(key, (current) => ({
    spec: { ...current.spec, ...change },
  }))
  await access.useKeys(service, spec)
  return spec
}

async function tokenFor({ now }: Access, place: Place, keys: Keys): Promise<ServiceToken> {
  const issuedAt = Math.floor(now().getTime() / 1000)
  const accessToken = await issueToken({
    secret: tokenSecretOf(keys),
    audience: pathPrefix(place),
    now: now(),
    lifetimeSeconds,
  })
  return {
    accessToken,
    tokenType: 'Bearer',
    expiryOn: issuedAt + lifetimeSeconds,
    refreshAfter: issuedAt + refreshAfterSeconds,
  }
}

/** The secret of tokens is shown to nobody. */
function pairOf({ primaryKey, secondaryKey }: Keys): KeyPair {
  return { primaryKey, secondaryKey }
}

function refuseWithTokens({ name, spec }: ServiceResource): void {
  if (!spec.settings.tokenAuthEnabled) return
  throw new ApiError('conflict', `the service ${name} asks for a token, not for a key`, {
    hint: `Get one: slipway service token ${name}`,
  })
}

function refuseWithoutTokens({ name, spec }: ServiceResource): void {
  if (spec.settings.tokenAuthEnabled) return
  const asks = spec.settings.authEnabled ? 'a key, not for a token' : 'neither a key nor a token'
  throw new ApiError('conflict', `the service ${name} asks for ${asks}`, {
    hint: `Turn tokens on: slipway service update ${name} --token-auth-enabled true`,
  })
}
