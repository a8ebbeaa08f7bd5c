/** Registers a model from disk: finds its files, uploads what is missing, makes the version. */
import type { Api, Model, RouteInput } from '@slipway/contract'
import type { CallInput, Client } from '../client.ts'
import type { TransferOptions } from './transfer.ts'
import { uploadFiles } from './upload.ts'
import { walk } from './walk.ts'

type Body = RouteInput<Api['models']['register']>['body']

/** What is said of a model besides its files. */
export type ModelFields = Omit<Body, 'layout' | 'files'>

export interface ModelFromDisk {
  /** A file, or a folder with everything below it. */
  path: string
  fields: ModelFields
}

/** The new version. Nothing is uploaded that the server holds already. Errors: those of `walk`, `uploadFiles` and the route. */
export async function registerModel(
  client: Client,
  model: ModelFromDisk,
  options: TransferOptions,
): Promise<Model> {
  const { layout, files: local } = await walk(model.path, { signal: options.signal })
  const files = await uploadFiles(client, local, options)
  const input: CallInput<Api['models']['register']> = {
    params: { workspace: options.workspace },
    body: { ...model.fields, layout, files },
  }
  return await client.models.register(input, { signal: options.signal })
}
