/** What can be done with services. */
import * as z from 'zod'
import { LogEntry, LogLines, logQuery } from './log.ts'
import { ImageName, ServiceName, WorkspaceName } from './names.ts'
import { Operation } from './operation.ts'
import { listOf, listQuery } from './resource.ts'
import { defineRoutes } from './route.ts'
import { NewService, RegenerateKey, Service, ServiceKeys, ServiceUpdate, TargetKind, Why } from './service.ts'

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: ServiceName })

export const services = defineRoutes({
  deploy: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services',
    summary: 'Create a service.',
    status: 202,
    params: workspace,
    body: NewService,
    reply: Operation,
    headers: ['idempotency-key'],
    errors: ['not-found', 'conflict', 'unsupported', 'build-failed'],
  },
  list: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services',
    summary: 'List services.',
    params: workspace,
    query: z.strictObject({
      ...listQuery,
      image: ImageName.optional().describe('Only services of this image.'),
      target: TargetKind.optional().describe('Only services on this target.'),
    }),
    reply: listOf(Service, 'ServiceList'),
    errors: ['not-found'],
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services/{name}',
    summary: 'Read a service.',
    params: name,
    reply: Service,
    errors: ['not-found'],
  },
  update: {
    method: 'PATCH',
    path: '/v1/workspaces/{workspace}/services/{name}',
    summary: 'Change image, settings, tags or description; the new replicas are ready before traffic moves.',
    status: 202,
    params: name,
    body: ServiceUpdate,
    reply: Operation,
    headers: ['if-match'],
    errors: ['not-found', 'conflict', 'precondition-failed', 'unsupported', 'build-failed'],
  },
  rollback: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/rollback',
    summary: 'Go back to the image and settings served before.',
    status: 202,
    params: name,
    reply: Operation,
    errors: ['not-found', 'conflict'],
  },
  delete: {
    method: 'DELETE',
    path: '/v1/workspaces/{workspace}/services/{name}',
    summary: 'Drain and delete a service; its image and models stay.',
    status: 202,
    params: name,
    reply: Operation,
    errors: ['not-found'],
  },
  keys: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services/{name}/keys',
    summary: 'Read the two keys.',
    params: name,
    reply: ServiceKeys,
    errors: ['not-found'],
  },
  regenerateKey: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/keys/regenerate',
    summary: 'Replace one of the two keys, effective on the next request.',
    params: name,
    body: RegenerateKey,
    reply: ServiceKeys,
    errors: ['not-found'],
  },
  logs: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services/{name}/logs',
    summary: 'Read what the replicas wrote.',
    params: name,
    query: z.strictObject(logQuery),
    reply: LogLines,
    errors: ['not-found'],
  },
  followLogs: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services/{name}/logs/stream',
    summary: 'Follow what the replicas write.',
    params: name,
    query: z.strictObject(logQuery),
    reply: 'events',
    event: LogEntry,
    errors: ['not-found'],
  },
  why: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/services/{name}/why',
    summary: 'Explain why a service is or is not ready.',
    params: name,
    reply: Why,
    errors: ['not-found'],
  },
})
