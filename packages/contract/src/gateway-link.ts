/** What gateways that run apart agree on with the API: routes come down as a stream, what they see goes up in reports. */
import * as z from 'zod'
import { defineRoutes } from './route.ts'

/** What is not named here is handed on as it is: the data plane says what a route can have. */
const VersionRoute = z.looseObject({
  name: z.string(),
  isDefault: z.boolean(),
  trafficPercent: z.number(),
  shadowPercent: z.number(),
  scoringTimeoutMs: z.number(),
  maxConcurrentPerReplica: z.number(),
  maxQueueWaitMs: z.number(),
  maxQueueLength: z.number(),
  maxColdStartMs: z.number(),
  scriptErrors: z.enum(['as-sent', 'bad-gateway']).optional(),
  timeoutStatus: z.union([z.literal(500), z.literal(504)]).optional(),
  probe: z
    .looseObject({
      periodMs: z.number(),
      timeoutMs: z.number(),
      initialDelayMs: z.number(),
      successThreshold: z.number(),
      failureThreshold: z.number(),
    })
    .optional(),
  replicas: z.array(z.looseObject({ id: z.string(), socketPath: z.string() })),
})

export const GatewayRoute = z
  .looseObject({
    prefix: z.string(),
    service: z.string(),
    auth: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('none') }),
      z.object({ kind: z.literal('keys'), keys: z.tuple([z.string(), z.string()]) }),
      z.object({ kind: z.literal('tokens'), secret: z.string(), audience: z.string() }),
    ]),
    cors: z.array(z.string()),
    versions: z.array(VersionRoute),
  })
  .describe('All that a gateway knows of a service, its keys included.')
  .meta({ id: 'GatewayRoute' })

export type GatewayRoute = z.output<typeof GatewayRoute>

const revision = z.int().describe('Grows with each change; only to be compared within one epoch.')

export const GatewayEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('snapshot'),
      epoch: z.string().describe('Another one for each start of the API.'),
      revision,
      routes: z.array(z.object({ revision, route: GatewayRoute })),
    }),
    z.object({ type: z.literal('route'), revision, route: GatewayRoute }),
    z.object({ type: z.literal('removed'), revision, prefix: z.string() }),
  ])
  .meta({ id: 'GatewayEvent' })

export type GatewayEvent = z.output<typeof GatewayEvent>

const Counts = z.object({
  answered: z.record(z.string(), z.number()).describe('Scoring requests answered, by HTTP status.'),
  abandoned: z.number(),
  refused: z.number(),
  queued: z.number(),
  inFlight: z.number(),
  readyReplicas: z.number(),
  lostReplicas: z.number(),
  redispatched: z.number(),
  runMs: z.number(),
  shadow: z.object({
    sent: z.number(),
    same: z.number(),
    different: z.number(),
    failed: z.number(),
  }),
})

const Load = z.object({
  busySeconds: z.number(),
  queuedSeconds: z.number(),
  busy: z.number(),
  queued: z.number(),
  readyReplicas: z.number(),
})

export const GatewayLine = z
  .object({
    prefix: z.string(),
    replica: z.string(),
    time: z.iso.datetime(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'GatewayLine' })

export type GatewayLine = z.output<typeof GatewayLine>

const byVersion = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().describe('Prefix of a service.'), z.record(z.string().describe('Version.'), value))

const instance = z.string().min(1).max(100).describe('Another one for each start of a gateway.')
const name = z.string().min(1).max(255).describe('What people call the gateway, the same after a restart.')

export const GatewayReport = z
  .strictObject({
    instance,
    name,
    sequence: z
      .int()
      .describe('Counts the reports; lines of one that was taken in before are not written again.'),
    epoch: z.string().optional().describe('That of the last snapshot; none before the first.'),
    heard: z.int().describe('Revision up to which all changes hold from the next request on.'),
    unsettled: z
      .array(z.string())
      .describe('Prefixes of which a replica is not connected yet, or a dropped one still answers calls.'),
    clockMs: z.number().describe('Monotonic clock that the loads were read by.'),
    loads: byVersion(Load).describe('What changed since the last report that was known; all in the first.'),
    stats: byVersion(Counts).describe('As `loads`.'),
    connections: z.int().describe('Connections of clients now.'),
    waiting: z
      .array(z.object({ prefix: z.string(), version: z.string() }))
      .describe('Versions without a ready replica in which a call began to wait.'),
    lines: z.array(GatewayLine).describe('What scripts printed.'),
    droppedLines: z.int().describe('Lines that were lost since the last report, for want of room.'),
    leaving: z.boolean().describe('True in the last report of a gateway that stops.'),
  })
  .meta({ id: 'GatewayReport' })

export type GatewayReport = z.output<typeof GatewayReport>

export const GatewayReceipt = z
  .object({
    isKnown: z
      .boolean()
      .describe('False where the next report must tell everything, as the API knew nothing of it.'),
  })
  .meta({ id: 'GatewayReceipt' })

export const gateways = defineRoutes({
  routes: {
    method: 'GET',
    path: '/v1/gateway/routes',
    summary: 'Follow what a gateway has to know: all routes with their keys at first, then each change.',
    query: z.strictObject({ instance, name }),
    reply: 'events',
    event: GatewayEvent,
  },
  report: {
    method: 'POST',
    path: '/v1/gateway/reports',
    summary: 'Tell how far a gateway is, how busy it is, and what scripts printed.',
    body: GatewayReport,
    reply: GatewayReceipt,
  },
})
