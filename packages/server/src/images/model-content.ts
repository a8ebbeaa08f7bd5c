/** A model version as an image takes it in. */
import {
  ApiError,
  formatReference,
  parseReference,
  type FileEntry,
  type Model,
  type ModelSpec,
} from '@slipway/contract'
import type { Resource, ResourceStore } from '../store/resource-store.ts'

export interface ModelContent {
  reference: string
  name: string
  version: number
  digest: string
  files: readonly FileEntry[]
  writtenBy: Readonly<Record<string, string>>
}

/** Errors: `not-found`. */
export async function readModel(
  store: ResourceStore,
  workspace: string,
  reference: string,
): Promise<ModelContent> {
  const { name, version } = parseReference(reference)
  if (version === undefined) throw new ApiError('internal', `the model ${reference} has no version`)
  const model: Resource<ModelSpec, Model['status']> = await store.get({
    kind: 'model',
    workspace,
    name,
    version,
  })
  return {
    reference: formatReference(name, version),
    name,
    version,
    digest: model.status.digest,
    files: model.spec.files,
    writtenBy: model.status.scan.writtenBy,
  }
}
