/** Models: registered bytes, immutable, versions counted from 1. */
import * as z from 'zod'
import { FileList } from './file.ts'
import { Digest, ModelName, Version, WorkspaceName } from './names.ts'
import { Condition, describable, Describe, Flag, listOf, listQuery, Metadata } from './resource.ts'
import { defineRoutes } from './route.ts'

const layoutRule = {
  path: ['layout'],
  message: 'a model of layout file has exactly one file, without a folder',
}

function layoutFits({ layout, files }: { layout: string; files: readonly { path: string }[] }): boolean {
  return layout === 'folder' || (files.length === 1 && !files[0]?.path.includes('/'))
}

export const ModelSpec = z
  .object({
    layout: z
      .enum(['file', 'folder'])
      .describe('Whether `get_model_path` gives a file or the folder that holds the files.'),
    files: FileList,
    framework: z
      .string()
      .max(256)
      .optional()
      .describe('Library that wrote the model, such as `ScikitLearn`.'),
    frameworkVersion: z.string().max(256).optional().describe('Version of that library.'),
  })
  .refine(layoutFits, layoutRule)
  .meta({ id: 'ModelSpec' })

export type ModelSpec = z.output<typeof ModelSpec>

export const ScanFinding = z
  .object({
    file: z.string(),
    import: z.string().describe('What the pickle would import, as `module.name`.'),
    verdict: z.enum(['suspicious', 'dangerous']),
  })
  .meta({ id: 'ScanFinding' })

export type ScanFinding = z.output<typeof ScanFinding>

export const ModelScan = z
  .object({
    verdict: z
      .enum(['none', 'clean', 'suspicious', 'dangerous'])
      .describe('`none`: no pickle among the files.'),
    findings: z.array(ScanFinding).max(10_000),
    writtenBy: z
      .record(z.string(), z.string())
      .describe('Library → version that wrote a pickle, where the pickle says so.'),
    unsafeAllowed: z.boolean().describe('True where dangerous files were registered with --allow-unsafe.'),
  })
  .meta({ id: 'ModelScan' })

export type ModelScan = z.output<typeof ModelScan>

export const Model = z
  .object({
    kind: z.literal('model'),
    name: ModelName,
    version: z.int(),
    metadata: Metadata,
    spec: ModelSpec,
    status: z.object({
      digest: Digest.describe('Of the list of files: the same content has the same digest.'),
      sizeBytes: z.int(),
      scan: ModelScan,
      conditions: z.array(Condition),
    }),
  })
  .meta({ id: 'Model' })

export type Model = z.output<typeof Model>

export const NewModel = z
  .strictObject({
    name: ModelName.describe('Name of the model; the next version is registered.'),
    ...describable,
    ...ModelSpec.shape,
    allowUnsafe: z.boolean().default(false).describe('Register files that could run code when loaded.'),
  })
  .refine(layoutFits, layoutRule)
  .meta({ id: 'NewModel' })

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: ModelName })
const version = name.extend({ version: Version })

export const models = defineRoutes({
  register: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/models',
    summary: 'Register uploaded files as the next version of a model.',
    status: 201,
    params: workspace,
    body: NewModel,
    reply: Model,
    headers: ['idempotency-key'],
    errors: ['not-found', 'blob-missing', 'unsafe-model', 'conflict', 'insufficient-storage'],
  },
  list: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/models',
    summary: 'List models.',
    params: workspace,
    query: z.strictObject({
      ...listQuery,
      name: ModelName.optional().describe('Only versions of this model.'),
      framework: z.string().optional().describe('Only models of this framework.'),
      latest: Flag.default(false).describe('Only the latest version of each name.'),
    }),
    reply: listOf(Model, 'ModelList'),
    errors: ['not-found'],
  },
  latest: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/models/{name}',
    summary: 'Read the latest version of a model.',
    params: name,
    reply: Model,
    errors: ['not-found'],
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/models/{name}/versions/{version}',
    summary: 'Read a version of a model.',
    params: version,
    reply: Model,
    errors: ['not-found'],
  },
  update: {
    method: 'PATCH',
    path: '/v1/workspaces/{workspace}/models/{name}/versions/{version}',
    summary: 'Change description and tags, add properties.',
    params: version,
    body: Describe,
    reply: Model,
    headers: ['if-match'],
    errors: ['not-found', 'conflict', 'precondition-failed'],
  },
  download: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/models/{name}/versions/{version}/content',
    summary: 'Download one file of a model.',
    params: version,
    query: z.strictObject({
      path: z.string().describe('Path of the file inside the model.'),
      offset: z.coerce
        .number()
        .int()
        .min(0)
        .default(0)
        .describe('First byte to send, to go on after a break.'),
    }),
    reply: 'bytes',
    errors: ['not-found', 'corrupted'],
  },
  delete: {
    method: 'DELETE',
    path: '/v1/workspaces/{workspace}/models/{name}/versions/{version}',
    summary: 'Delete a version of a model that nothing uses.',
    params: version,
    status: 204,
    errors: ['not-found', 'in-use'],
  },
})
