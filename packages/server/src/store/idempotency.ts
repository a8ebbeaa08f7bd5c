/** Makes a creation safe to repeat: the same key answers what the first call created. */
import { createHash } from 'node:crypto'
import { ApiError } from '@slipway/contract'
import { keyOf, type Resource, type ResourceTransaction } from './resource-store.ts'

export interface Repeatable {
  workspace: string
  /** The `Idempotency-Key` of the request; without it, every call creates. */
  key: string | undefined
  /** What was asked for; another request under the same key is `conflict`. */
  request: unknown
}

/** What the first call with this key created, or what `create` does now. */
export async function once<T extends Resource>(
  tx: ResourceTransaction,
  { workspace, key, request }: Repeatable,
  create: () => Promise<T>,
): Promise<T> {
  if (key === undefined) return create()
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
  const before = await tx.recall(workspace, key)
  if (before === undefined) {
    const created = await create()
    await tx.remember(workspace, key, { requestHash, resource: keyOf(created) })
    return created
  }
  if (before.requestHash !== requestHash) {
    throw new ApiError('conflict', `the idempotency key ${key} was used for another request`)
  }
  return (await tx.get(before.resource)) as T
}
