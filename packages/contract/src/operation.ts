/** Operations: the record of a long-running action. */
import * as z from 'zod'
import { WorkspaceName } from './names.ts'
import { Failure, listOf, listQuery, Metadata, WorkState } from './resource.ts'
import { defineRoutes } from './route.ts'
import { VersionName } from './service-version.ts'

export const OperationAction = z
  .enum([
    'image-create',
    'service-create',
    'service-update',
    'service-rollback',
    'service-delete',
    'version-create',
    'version-update',
    'version-delete',
  ])
  .meta({ id: 'OperationAction' })

export type OperationAction = z.output<typeof OperationAction>

export const OperationTarget = z
  .object({
    kind: z.enum(['image', 'service']),
    name: z.string(),
    version: z.int().optional(),
    serviceVersion: VersionName.optional().describe('The version of a service that the action is about.'),
  })
  .meta({ id: 'OperationTarget' })

export const Operation = z
  .object({
    kind: z.literal('operation'),
    name: z.string().describe('Identity, such as `op-5f2c…`.'),
    metadata: Metadata,
    spec: z.object({
      action: OperationAction,
      target: OperationTarget,
      targetGeneration: z.int().describe('Generation of the target that the action brings about.'),
    }),
    status: z.object({
      state: WorkState,
      progress: z.string().optional().describe('What is being waited for, one phrase.'),
      startedAt: z.iso.datetime().optional(),
      finishedAt: z.iso.datetime().optional(),
      error: Failure.optional(),
    }),
  })
  .meta({ id: 'Operation' })

export type Operation = z.output<typeof Operation>

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: z.string().regex(/^op-[0-9a-f]{32}$/, 'must be op- and 32 digits') })

export const operations = defineRoutes({
  list: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/operations',
    summary: 'List operations.',
    params: workspace,
    query: z.strictObject({
      ...listQuery,
      state: WorkState.optional().describe('Only operations in this state.'),
    }),
    reply: listOf(Operation, 'OperationList'),
    errors: ['not-found'],
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/operations/{name}',
    summary: 'Read an operation.',
    params: name,
    reply: Operation,
    errors: ['not-found'],
  },
})
