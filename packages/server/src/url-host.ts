/** How the address that a port listens on is written in a URL that reaches it. */

/** An address that stands for all is shown as the one of this machine; IPv6 stands in brackets. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  const reachable = host === '::' ? '::1' : host
  return reachable.includes(':') ? `[${reachable}]` : reachable
}
