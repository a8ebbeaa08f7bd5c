/** What a server says of itself: health, version, what its host can do, and changes as they happen. */
import * as z from 'zod'
import { WorkspaceName } from './names.ts'
import { defineRoutes } from './route.ts'
import { Enforcement, TargetKind } from './service.ts'

export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' })

export const ServerInfo = z
  .object({
    version: z.string(),
    dataFolder: z.string(),
    scoringUrl: z.string(),
    defaultWorkspace: WorkspaceName,
    targets: z.array(
      z.object({ kind: TargetKind, cpuLimit: Enforcement, memoryLimit: Enforcement, isolation: Enforcement }),
    ),
  })
  .meta({ id: 'ServerInfo' })

export type ServerInfo = z.output<typeof ServerInfo>

export const Check = z
  .object({
    name: z.string(),
    status: z.enum(['ok', 'warning', 'failed']),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'Check' })

export type Check = z.output<typeof Check>

export const Change = z
  .object({
    type: z.enum(['put', 'delete']),
    revision: z.int(),
    resource: z.object({ kind: z.string(), name: z.string(), version: z.int().optional() }).loose(),
  })
  .meta({ id: 'Change' })

export type Change = z.output<typeof Change>

export const server = defineRoutes({
  health: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Tell that the server answers.',
    reply: Health,
    open: true,
  },
  info: {
    method: 'GET',
    path: '/v1/server',
    summary: 'Read version, addresses and what the targets can do.',
    reply: ServerInfo,
  },
  doctor: {
    method: 'GET',
    path: '/v1/doctor',
    summary: 'Check what the server needs.',
    reply: z.object({ checks: z.array(Check) }).meta({ id: 'Doctor' }),
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Read metrics of services, gateways and this process, in the text format of Prometheus.',
    reply: 'text',
  },
  watch: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/events',
    summary: 'Follow changes of resources, from a revision on.',
    params: z.object({ workspace: WorkspaceName }),
    query: z.strictObject({
      after: z.coerce
        .number()
        .int()
        .min(0)
        .optional()
        .describe('Only changes after this revision; now unless given.'),
      kind: z
        .enum(['model', 'environment', 'image', 'service', 'operation'])
        .optional()
        .describe('Only changes of this kind.'),
    }),
    headers: ['last-event-id'],
    reply: 'events',
    event: Change,
    errors: ['not-found'],
  },
})
