/** What gateways that run apart ask of the API. */
import type { NounHandlers } from '../http/handlers.ts'
import type { GatewayHub } from './gateway-hub.ts'

export function gatewayHandlers(hub: GatewayHub): NounHandlers<'gateways'> {
  return {
    routes: async ({ query }, { signal }) => hub.follow(query, signal),
    report: async ({ body }) => ({ isKnown: hub.take(body) }),
  }
}
