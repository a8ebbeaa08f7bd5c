/** Starts `slipway serve --role gateway` as a process of its own. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface RunningGateway {
  url: string
  port: number
  /** What it has said on standard error. */
  said(): string
  kill(signal: NodeJS.Signals): void
  /** Asks it to stop and waits until it has; its exit code. */
  stop(): Promise<number | null>
}

export interface GatewaySettings {
  projectDir: string
  /** Address of the API. */
  api: string
  tokenFile: string
  /** Port; any free one unless given. */
  port?: number
  flags?: readonly string[]
}

/** Resolves when the gateway says it is ready. Errors: it ends before that; what it said is in the message. */
export async function startGateway(settings: GatewaySettings): Promise<RunningGateway> {
  const { projectDir, api, tokenFile, port = 0, flags = [] } = settings
  const link = ['--role', 'gateway', '--api', api, '--token-file', tokenFile]
  const args = ['serve', ...link, '--scoring-port', String(port), '--output', 'json', ...flags]
  const child = spawn(path.join(projectDir, 'bin', 'slipway'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text))
  const said = () => complaints.join('')
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    ended.then(() => undefined),
  ])
  if (line === undefined) throw new Error(`the gateway ended before it was ready:\n${said()}`)
  const { scoringUrl: url } = JSON.parse(line) as { scoringUrl: string }
  return {
    url,
    port: Number(new URL(url).port),
    said,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      return await ended
    },
  }
}
