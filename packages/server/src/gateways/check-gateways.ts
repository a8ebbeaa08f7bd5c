/** What the doctor says of gateways that run apart. */
import type { Check } from '@slipway/contract'
import type { GatewayHub } from './gateway-hub.ts'

/** Nothing where there is no other than the one of this process. */
export function checkGateways(hub: Pick<GatewayHub, 'local' | 'counts'>): Check[] {
  const apart = hub.counts().filter(({ gateway }) => gateway !== 'local')
  if (apart.length === 0 && !hub.local) {
    const message = 'none reports to this server: services have replicas, and nobody answers for them'
    const hint = 'Start one: slipway serve --role gateway --api URL --token-file FILE'
    return [{ name: 'gateways', status: 'warning', message, hint }]
  }
  return apart.map(({ gateway, connections }) => ({
    name: `gateway ${gateway}`,
    status: 'ok',
    message: `reports, and has ${connections} connections of clients`,
  }))
}
