/** Notices that an image is deleted while it is being built. */
import type { ResourceStore } from '../store/resource-store.ts'
import type { ImageResource } from './image-document.ts'

export interface DeletionWatch {
  /** Aborted when the image is deleted, by whatever server, and when the signal given is. */
  signal: AbortSignal
  stop(): Promise<void>
}

/** Errors: none; where the changes cannot be followed, the signal stays as it is, and the build notices when it ends. */
export function watchDeletion(
  store: ResourceStore,
  image: ImageResource,
  signal: AbortSignal,
): DeletionWatch {
  const deleted = new AbortController()
  const stopping = new AbortController()
  const following = follow(store, image, AbortSignal.any([signal, stopping.signal])).then(
    (isDeleted) => isDeleted && deleted.abort(new Error('the image was deleted')),
    () => undefined,
  )
  return {
    signal: AbortSignal.any([signal, deleted.signal]),
    async stop() {
      stopping.abort()
      await following
    },
  }
}

/** True once the image is deleted, false when the signal is aborted before. */
async function follow(store: ResourceStore, image: ImageResource, signal: AbortSignal): Promise<boolean> {
  const { workspace, uid, revision } = image.metadata
  const events = store.watch({ afterRevision: revision, kinds: [image.kind], workspace }, signal)
  for await (const { type, resource } of events) {
    if (type === 'deleted' && resource.metadata.uid === uid) return true
  }
  return false
}
