/** Workspaces: the owners of everything else. */
import * as z from 'zod'
import { WorkspaceName } from './names.ts'
import { listOf, listQuery, Metadata } from './resource.ts'
import { defineRoutes } from './route.ts'

/** The workspace that exists from the first start. */
export const defaultWorkspace = 'default'

export const Workspace = z
  .object({
    kind: z.literal('workspace'),
    name: WorkspaceName,
    metadata: Metadata,
    spec: z.object({}),
    status: z.object({}),
  })
  .meta({ id: 'Workspace' })

export type Workspace = z.output<typeof Workspace>

export const workspaces = defineRoutes({
  create: {
    method: 'POST',
    path: '/v1/workspaces',
    summary: 'Create a workspace.',
    status: 201,
    body: z.strictObject({ name: WorkspaceName }).meta({ id: 'NewWorkspace' }),
    reply: Workspace,
    errors: ['conflict'],
  },
  list: {
    method: 'GET',
    path: '/v1/workspaces',
    summary: 'List workspaces.',
    query: z.strictObject({ limit: listQuery.limit, cursor: listQuery.cursor, order: listQuery.order }),
    reply: listOf(Workspace, 'WorkspaceList'),
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}',
    summary: 'Read a workspace.',
    params: z.object({ workspace: WorkspaceName }),
    reply: Workspace,
    errors: ['not-found'],
  },
})
