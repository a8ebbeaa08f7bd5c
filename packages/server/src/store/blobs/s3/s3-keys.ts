/** Names of the objects in the bucket, behind the prefix. */
import { hexOf } from '../digest.ts'

export const blobsPrefix = 'sha256/'

/** A verified blob. */
export function blobKey(digest: string): string {
  const hex = hexOf(digest)
  return `${blobsPrefix}${hex.slice(0, 2)}/${hex}`
}

/** An empty object whose metadata say when a blob was last offered. */
export function offerKey(digest: string): string {
  return `offers/${hexOf(digest)}`
}

/** What was announced for an upload. */
export function uploadKey(id: string): string {
  return `uploads/${id}`
}

/** The bytes of an upload until they are verified. */
export function incomingKey(id: string): string {
  return `incoming/${id}`
}
