/** Opens the ports that services are called on: one for TLS where there is a certificate, else a plain one, or both. */
import { ApiError } from '@slipway/contract'
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

export interface OpenedPorts {
  /** Address of the scoring port, from this machine. */
  scoringUrl: string
  /** Address of the plain port beside it, if there is one. */
  plainScoringUrl?: string
}

/** Errors: `invalid` where certificate and key cannot be used; those of listening. */
export async function openScoringPorts(
  gateway: Pick<Gateway, 'listen'>,
  { host, scoringPort, tlsCert: certFile, tlsKey: keyFile, plainScoringPort }: ScoringPorts,
): Promise<OpenedPorts> {
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined
  const { port } = await gateway
    .listen({ port: scoringPort, host, ...(tls && { tls }) })
    .catch((error: Error) => {
      if (!tls || isListening(error)) throw error
      const hint = 'Give PEM files that belong together, the key without a passphrase.'
      throw new ApiError('invalid', error.message, { hint, cause: error })
    })
  const scoringUrl = `${tls ? 'https' : 'http'}://${urlHost(host)}:${port}`
  if (plainScoringPort === undefined) return { scoringUrl }
  const plain = await gateway.listen({ port: plainScoringPort, host })
  return { scoringUrl, plainScoringUrl: `http://${urlHost(host)}:${plain.port}` }
}

/** Whether it is about the port, and not about a file. */
export function isListening(error: Error): boolean {
  return (error as NodeJS.ErrnoException).syscall === 'listen'
}
