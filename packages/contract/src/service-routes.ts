/** What can be done with services. */
import * as z from 'zod'
import { LogEntry, LogLines, logQuery } from './log.ts'
import { ImageName, ServiceName, WorkspaceName } from './names.ts'
import { Operation } from './operation.ts'
import { listOf, listQuery } from './resource.ts'
import { defineRoutes } from './route.ts'
import { RegenerateKey, ServiceKeys, ServiceToken } from './service-access.ts'
import { NewVersion, VersionName, VersionUpdate } from './service-version.ts'
import { Why } from './service-why.ts'
import { NewService, Service, ServiceUpdate, TargetKind } from './service.ts'

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: ServiceName })
const version = name.extend({ version: VersionName })

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
    summary:
      'Change the default version, tags or description; the new replicas are ready before traffic moves.',
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
    summary: 'Go back to the image and settings that the default version served before.',
    status: 202,
    params: name,
    reply: Operation,
    errors: ['not-found', 'conflict', 'build-failed'],
  },
  createVersion: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/versions',
    summary: 'Create a version of a service; it gets its share of the traffic once its replicas are ready.',
    status: 202,
    params: name,
    body: NewVersion,
    reply: Operation,
    headers: ['idempotency-key', 'if-match'],
    errors: ['not-found', 'conflict', 'precondition-failed', 'unsupported', 'build-failed'],
  },
  updateVersion: {
    method: 'PATCH',
    path: '/v1/workspaces/{workspace}/services/{name}/versions/{version}',
    summary: 'Change a version: its image, its settings, its share of the traffic, or make it the default.',
    status: 202,
    params: version,
    body: VersionUpdate,
    reply: Operation,
    headers: ['if-match'],
    errors: ['not-found', 'conflict', 'precondition-failed', 'unsupported', 'build-failed'],
  },
  rollbackVersion: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/versions/{version}/rollback',
    summary: 'Go back to the image and settings that a version served before.',
    status: 202,
    params: version,
    reply: Operation,
    errors: ['not-found', 'conflict', 'build-failed'],
  },
  deleteVersion: {
    method: 'DELETE',
    path: '/v1/workspaces/{workspace}/services/{name}/versions/{version}',
    summary: 'Drain and delete a version; deleting the last one deletes the service.',
    status: 202,
    params: version,
    reply: Operation,
    headers: ['if-match'],
    errors: ['not-found', 'conflict', 'precondition-failed'],
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
    errors: ['not-found', 'conflict'],
  },
  regenerateKey: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/keys/regenerate',
    summary: 'Replace one of the two keys, effective on the next request.',
    params: name,
    body: RegenerateKey,
    reply: ServiceKeys,
    errors: ['not-found', 'conflict'],
  },
  token: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/token',
    summary: 'Issue a token for callers.',
    status: 201,
    params: name,
    reply: ServiceToken,
    errors: ['not-found', 'conflict'],
  },
  revokeTokens: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/services/{name}/token/revoke',
    summary: 'Revoke every token issued so far, and issue a new one.',
    status: 201,
    params: name,
    reply: ServiceToken,
    errors: ['not-found', 'conflict'],
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
