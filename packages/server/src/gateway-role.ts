/** `slipway serve --role gateway`: a gateway alone, which has its routes from the API and tells it what it sees. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createGateway, type GatewayOptions } from '@slipway/scoring'
import { ApiConnection } from './gateway-link/api-connection.ts'
import { createGatewayLink, type GatewayLink } from './gateway-link/gateway-link.ts'
import { RouteFile } from './gateway-link/route-file.ts'
import type { ServerLog } from './http/server-log.ts'
import { openScoringPorts, type OpenedPorts, type ScoringPorts } from './scoring-ports.ts'

export interface GatewayRoleOptions extends ScoringPorts {
  /** Address of the API. */
  api: string
  tokenFile: string
  /** File that keeps the routes. */
  state?: string | undefined
  /** Name among the gateways of the API; host and port unless given. */
  gatewayName?: string | undefined
}

export interface GatewayRoleParts {
  log: ServerLog
  gateway: Omit<GatewayOptions, 'onLog' | 'onWaiting'>
  pid: number
  now(): Date
}

export interface GatewayRole {
  /** Waits for routes, then opens the ports; never resolves where it is closed before. */
  start(): Promise<OpenedPorts>
  /** Takes no more requests, drains, tells the API. */
  close(): Promise<void>
}

export function openGatewayRole(options: GatewayRoleOptions, parts: GatewayRoleParts): GatewayRole {
  const { log, now } = parts
  const gateway = createGateway({
    ...parts.gateway,
    onLog: ({ service: _service, ...line }) => link.addLine({ ...line, time: now().toISOString() }),
    onWaiting: (call) => link.addWaiting(call),
  })
  const link: GatewayLink = createGatewayLink({
    api: new ApiConnection({ url: options.api, tokenFile: options.tokenFile }),
    gateway,
    identity: { instance: randomUUID(), name: options.gatewayName ?? nameOf(options, parts.pid) },
    routeFile: options.state === undefined ? undefined : new RouteFile(options.state),
    onAway: (error) =>
      log.warn('the API is away; the last known routes are served', {
        api: options.api,
        reason: reasonOf(error),
      }),
    onBack: () => log.warn('the API is back', { api: options.api }),
    onReportLost: (error) => log.warn('a report did not reach the API', { reason: reasonOf(error) }),
    onError: (message, error) => log.error(message, error),
  })
  return {
    async start() {
      await link.start()
      return await openScoringPorts(gateway, options)
    },
    async close() {
      await gateway.close()
      await link.close()
    },
  }
}

/** The same after a restart, where the port is the same. */
function nameOf({ scoringPort }: ScoringPorts, pid: number): string {
  return `${hostname()}:${scoringPort === 0 ? `pid-${pid}` : scoringPort}`
}

/** Of failed connections the cause says more. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
