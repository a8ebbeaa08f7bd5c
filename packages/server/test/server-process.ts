/** Starts the server as a process that ends with the test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

const main = path.resolve(import.meta.dirname, '../src/main.ts')

export interface ReadyServer {
  url: string
  scoringUrl: string
  plainScoringUrl?: string
  tokenFile: string
}

export interface ServerProcess {
  ready: ReadyServer
  pid: number | undefined
  stop(): Promise<{ code: number | null; stderr: string }>
}

/** Errors: it ends before it is ready; what it said is in the message. */
export async function startServerProcess(
  folder: string,
  { flags = [], env = {} }: { flags?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<ServerProcess> {
  const own = ['--data', path.join(folder, 'data'), '--port', '0', '--scoring-port', '0', '--output', 'json']
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...own, ...flags], {
    env: { ...process.env, SLIPWAY_HOME: path.join(folder, 'home'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const stderr = text(child.stderr)
  const line = once(createInterface({ input: child.stdout }), 'line')
  const first = await Promise.race([line, ended.then(() => undefined)])
  if (!first) throw new Error(`the server ended before it was ready: ${await stderr}`)
  return {
    ready: JSON.parse(String(first[0])) as ReadyServer,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = (await ended) as [number | null]
      return { code, stderr: await stderr }
    },
  }
}
