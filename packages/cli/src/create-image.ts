/** The flags that describe an image, and building one out of them. */
import { ImageSpec, type Api, type EnvironmentSpec, type Image, type Operation } from '@slipway/contract'
import type { CallInput, Client } from '@slipway/sdk'
import { uploadFiles } from '@slipway/sdk/node'
import type { Command } from 'commander'
import type { Action } from './action.ts'
import { usageError } from './failure.ts'
import { addFlags, fieldFlags, readFlags } from './flags/field-flags.ts'
import { collectBundle, type BundlePaths } from './image-bundle.ts'
import { showTransfer } from './transfer-progress.ts'
import { finish } from './wait.ts'

const { shape } = ImageSpec
const ownFlags = fieldFlags({
  shape,
  fields: { models: 'model', baseImage: true, enableGpu: true, cudaVersion: true },
})
const environmentFlags = fieldFlags({
  shape: shape.environment.unwrap().shape,
  fields: { runtime: true, strict: true },
})
const registryFlags = fieldFlags({
  shape: shape.baseImageRegistry.unwrap().shape,
  fields: {
    address: 'base-image-registry-address',
    username: 'base-image-registry-username',
    password: 'base-image-registry-password',
  },
})

export function addImageFlags(command: Command): Command {
  command
    .option('--entry-script <path>', 'Script that defines init() and run().')
    .option('--source-directory <folder>', 'Folder to copy whole; the other paths may be relative to it.')
    .option(
      '--dependency <path>',
      'File or folder to put beside the script, as it stands to the script on this disk. May be repeated.',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .option('--conda-file <path>', 'Conda file with the packages; bare Python without it.')
    .option('--schema-file <path>', 'Swagger document to serve as swagger.json.')
    .option('--docker-file <path>', 'File with extra Dockerfile steps.')
    .option(
      '--allow-absolute-path',
      'Taken for scripts written for Azure: absolute paths are always allowed.',
    )
  return addFlags(command, [...ownFlags, ...environmentFlags, ...registryFlags])
}

/** Said of the image besides its content. */
export interface ImageFields {
  name: string
  description?: string
  tags?: Record<string, string>
  properties?: Record<string, string>
}

/** Uploads what the flags name and has the image built; returns at once. */
export async function startImage(action: Action, client: Client, fields: ImageFields): Promise<Operation> {
  const { workspace, signal, progress, world } = action
  const bundle = await collectBundle(readPaths(action), world.workingFolder)
  const spec = readSpec(action)
  const onProgress = showTransfer(progress, world.now)
  const files = await uploadFiles(client, bundle.files, { workspace, signal, onProgress })
  const environment = {
    ...spec.environment,
    ...(bundle.condaFile !== undefined && { condaFile: bundle.condaFile }),
  }
  const body: CallInput<Api['images']['create']>['body'] = {
    ...fields,
    ...spec.image,
    ...bundle.fields,
    files,
    environment,
  }
  return await client.images.create({ params: { workspace }, body }, { signal })
}

/** The image, once it has been built. */
export async function buildImage(action: Action, client: Client, fields: ImageFields): Promise<Image> {
  const operation = await finish(action, client, await startImage(action, client, fields))
  return await readBuilt(action, client, operation)
}

export async function readBuilt(action: Action, client: Client, { spec }: Operation): Promise<Image> {
  const { name, version = 1 } = spec.target
  const params = { workspace: action.workspace, name, version }
  return await client.images.get({ params }, { signal: action.signal })
}

function readPaths({ options }: Action): BundlePaths {
  const paths = options as Partial<BundlePaths> & { dependency?: string[] }
  if (paths.entryScript === undefined) {
    throw usageError('--entry-script is missing', 'Name the script that defines init() and run().')
  }
  return { ...paths, entryScript: paths.entryScript, dependencies: paths.dependency ?? [] }
}

interface SpecFields {
  image: Partial<Pick<ImageSpec, 'models' | 'baseImage' | 'baseImageRegistry' | 'enableGpu' | 'cudaVersion'>>
  environment: Partial<EnvironmentSpec>
}

/** The flags are those of the schemas, and each was checked against them. */
function readSpec({ options }: Action): SpecFields {
  const registry = readFlags(options, registryFlags)
  return {
    image: {
      ...readFlags(options, ownFlags),
      ...(Object.keys(registry).length > 0 && {
        baseImageRegistry: registry as ImageSpec['baseImageRegistry'],
      }),
    },
    environment: readFlags(options, environmentFlags),
  }
}
