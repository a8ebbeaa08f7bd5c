/** An image as it is stored, its key, and where its build log is. */
import type { Image, ImageSpec, LogEntry } from '@slipway/contract'
import type { Resource, ResourceKey } from '../store/resource-store.ts'

export type ImageResource = Resource<ImageSpec, Image['status']>

/** Last line of every build log; a follower stops there. */
export const endOfBuild = { succeeded: 'The image is ready.', failed: 'The image was not built.' } as const

export function isEndOfBuild({ stream, text }: LogEntry): boolean {
  return stream === 'system' && Object.values<string>(endOfBuild).includes(text)
}

export function buildLogKey(uid: string): string {
  return `images/${uid}`
}

export function imageKey(params: { workspace: string; name: string; version: number }): ResourceKey {
  return { kind: 'image', ...params }
}

export function asImage(resource: ImageResource): Image {
  return { ...resource, kind: 'image', version: resource.version ?? 1 }
}
