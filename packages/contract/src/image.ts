/** Images: entry script, its files, environment and models as layers; versions counted from 1. */
import * as z from 'zod'
import { EnvironmentSpec, NewEnvironment } from './environment.ts'
import { FileList } from './file.ts'
import { LogEntry, LogLines, logQuery } from './log.ts'
import { Digest, FilePath, ImageName, ModelName, ModelReference, Version, WorkspaceName } from './names.ts'
import { Operation } from './operation.ts'
import { Condition, describable, Failure, Flag, listOf, listQuery, Metadata, WorkState } from './resource.ts'
import { defineRoutes } from './route.ts'

interface Files {
  files: readonly { path: string }[]
}

const entryScriptRule = { path: ['entryScript'], message: 'must be one of the files' }

function hasEntryScript({ entryScript, files }: Files & { entryScript: string }): boolean {
  return files.some(({ path }) => path === entryScript)
}

const schemaFileRule = { path: ['schemaFile'], message: 'must be one of the files' }

function hasSchemaFile({ schemaFile, files }: Files & { schemaFile?: string | undefined }): boolean {
  return schemaFile === undefined || files.some(({ path }) => path === schemaFile)
}

const RegistryCredentials = z
  .object({
    address: z.string().describe('Registry of the base image.'),
    username: z.string().optional().describe('User of that registry.'),
    password: z.string().optional().describe('Password of that user.'),
  })
  .meta({ id: 'RegistryCredentials' })

export const ImageSpec = z
  .object({
    entryScript: FilePath.describe('Path of the script that defines init() and run().'),
    files: FileList.describe('The script and every file beside it.'),
    sourceDirectory: FilePath.optional().describe(
      'Folder of the application root that the files stand in, as InferenceConfig(source_directory) had it.',
    ),
    environment: EnvironmentSpec.default(() => EnvironmentSpec.parse({})),
    models: z
      .array(ModelReference)
      .max(1000)
      .default([])
      .describe('Models to put in, as `name` (the latest version) or `name:version`.'),
    schemaFile: FilePath.optional().describe('A swagger document among the files, served as swagger.json.'),
    dockerFile: z.string().max(1_000_000).optional().describe('Extra Dockerfile steps.'),
    baseImage: z.string().max(1000).optional().describe('Image to build on instead of the built-in base.'),
    baseImageRegistry: RegistryCredentials.optional().describe('Registry of the base image.'),
    enableGpu: z.boolean().default(false).describe('Build on a base with CUDA.'),
    cudaVersion: z.string().max(32).optional().describe('Version of CUDA, with enableGpu.'),
  })
  .refine(hasEntryScript, entryScriptRule)
  .meta({ id: 'ImageSpec' })

export type ImageSpec = z.output<typeof ImageSpec>

export const Layer = z
  .object({
    kind: z.enum(['environment', 'model', 'application']),
    digest: Digest,
    diffId: Digest.describe('Digest of the layer before compression.'),
    sizeBytes: z.int().describe('As stored.'),
    model: ModelReference.optional(),
    reused: z.boolean().describe('True where the layer already existed.'),
  })
  .meta({ id: 'Layer' })

export type Layer = z.output<typeof Layer>

/** What a build does, in this order; checks of the models come with the layers. */
export const BuildStage = z.enum(['environment', 'layers']).meta({ id: 'BuildStage' })

export type BuildStage = z.output<typeof BuildStage>

export const Image = z
  .object({
    kind: z.literal('image'),
    name: ImageName,
    version: z.int(),
    metadata: Metadata,
    spec: ImageSpec,
    status: z.object({
      state: WorkState,
      digest: Digest.optional().describe('Of the manifest: the same input gives the same digest.'),
      environment: z.string().optional().describe('Name of the environment it runs in.'),
      layers: z.array(Layer),
      variables: z
        .record(z.string(), z.string())
        .describe('Environment variables that the conda file sets for the script.'),
      provided: z.array(z.string()).describe('Packages asked for that Slipway provides itself.'),
      warnings: z.array(z.string()),
      startedAt: z.iso.datetime().optional(),
      finishedAt: z.iso.datetime().optional(),
      error: Failure.optional(),
      stage: BuildStage.optional().describe('Where a build failed that did.'),
      conditions: z.array(Condition),
    }),
  })
  .meta({ id: 'Image' })

export type Image = z.output<typeof Image>

export const NewImage = z
  .strictObject({
    name: ImageName.describe('Name of the image; the next version is built.'),
    ...describable,
    ...ImageSpec.shape,
    environment: NewEnvironment.default(() => EnvironmentSpec.parse({})),
  })
  .refine(hasEntryScript, entryScriptRule)
  .refine(hasSchemaFile, schemaFileRule)
  .meta({ id: 'NewImage' })

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: ImageName })
const version = name.extend({ version: Version })

export const images = defineRoutes({
  create: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/images',
    summary: 'Build the next version of an image.',
    status: 202,
    params: workspace,
    body: NewImage,
    reply: Operation,
    headers: ['idempotency-key'],
    errors: ['not-found', 'blob-missing', 'unsupported', 'unsatisfiable', 'conflict'],
  },
  list: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/images',
    summary: 'List images.',
    params: workspace,
    query: z.strictObject({
      ...listQuery,
      name: ImageName.optional().describe('Only versions of this image.'),
      model: ModelName.optional().describe('Only images that hold this model.'),
      latest: Flag.default(false).describe('Only the latest version of each name.'),
    }),
    reply: listOf(Image, 'ImageList'),
    errors: ['not-found'],
  },
  latest: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/images/{name}',
    summary: 'Read the latest version of an image.',
    params: name,
    reply: Image,
    errors: ['not-found'],
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/images/{name}/versions/{version}',
    summary: 'Read a version of an image.',
    params: version,
    reply: Image,
    errors: ['not-found'],
  },
  logs: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/images/{name}/versions/{version}/logs',
    summary: 'Read the log of a build.',
    params: version,
    query: z.strictObject(logQuery),
    reply: LogLines,
    errors: ['not-found'],
  },
  followLogs: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/images/{name}/versions/{version}/logs/stream',
    summary: 'Follow the log of a build until it has finished.',
    params: version,
    query: z.strictObject(logQuery),
    reply: 'events',
    event: LogEntry,
    errors: ['not-found'],
  },
  delete: {
    method: 'DELETE',
    path: '/v1/workspaces/{workspace}/images/{name}/versions/{version}',
    summary: 'Delete a version of an image that no service uses.',
    params: version,
    status: 204,
    errors: ['not-found', 'in-use'],
  },
})
