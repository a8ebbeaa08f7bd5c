/** Opens the ports that services are called on: one for TLS where there is a certificate, else a plain one, or both. */
import type { Gateway } from '@slipway/scoring'
import { urlHost } from './url-host.ts'

export interface ScoringPorts {
  host: string
  scoringPort: number
  /** PEM files; with them the scoring port speaks TLS. */
  tlsCert?: string | undefined
  tlsKey?: string | undefined
  /** Plain port beside that of TLS. */
  plainScoringPort?: number | undefined
}

/** The address of the scoring port, from this machine. */
export async function openScoringPorts(
  gateway: Pick<Gateway, 'listen'>,
  { host, scoringPort, tlsCert: certFile, tlsKey: keyFile, plainScoringPort }: ScoringPorts,
): Promise<{ url: string }> {
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined
  const { port } = await gateway.listen({ port: scoringPort, host, ...(tls && { tls }) })
  if (plainScoringPort !== undefined) await gateway.listen({ port: plainScoringPort, host })
  return { url: `${tls ? 'https' : 'http'}://${urlHost(host)}:${port}` }
}
