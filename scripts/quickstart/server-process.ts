/** Starts `slipway serve` as a process of its own, on free ports and a folder of its own. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface RunningServer {
  url: string
  scoringUrl: string
  token: string
  pid: number
  /** Resolves when the process has ended, whatever ended it: its exit code, null after a signal. */
  ended: Promise<number | null>
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>
}

export interface ServerSettings {
  /** Flags besides those for the folder and the ports; they win. */
  flags?: readonly string[]
  /** Variables besides those of this process. */
  env?: NodeJS.ProcessEnv
}

interface Ready {
  url: string
  scoringUrl: string
  tokenFile: string
}

/** Resolves when the server says it is ready. Errors: it ends before that; what it said is in the message. */
export async function startServer(
  projectDir: string,
  dataDir: string,
  { flags = [], env = {} }: ServerSettings = {},
): Promise<RunningServer> {
  const args = [
    'serve',
    '--data',
    dataDir,
    '--port',
    '0',
    '--scoring-port',
    '0',
    '--output',
    'json',
    ...flags,
  ]
  const child = spawn(path.join(projectDir, 'bin', 'slipway'), args, {
    env: { ...process.env, SLIPWAY_HOME: path.join(dataDir, 'home'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const complaints: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    ended.then(() => undefined),
  ])
  if (line === undefined)
    throw new Error(`the server ended before it was ready:\n${complaints.join('').slice(-3000)}`)
  const { url, scoringUrl, tokenFile } = JSON.parse(line) as Ready
  return {
    url,
    scoringUrl,
    token: (await readFile(tokenFile, 'utf8')).trim(),
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
