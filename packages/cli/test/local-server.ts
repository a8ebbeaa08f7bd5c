/** Runs a real server for tests, as its own process, with everything it keeps in a temporary folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface RunningServer {
  /** Folder that stands for `~/.slipway`. */
  home: string
  url: string
  stop(): Promise<void>
}

const main = path.resolve(import.meta.dirname, '../../server/src/main.ts')

export async function startServer(): Promise<RunningServer> {
  const home = await mkdtemp(path.join(tmpdir(), 'slipway-cli-'))
  const flags = ['--data', path.join(home, 'data'), '--port', '0', '--scoring-port', '0', '--output', 'json']
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...flags], {
    env: { ...process.env, SLIPWAY_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const ready = await Promise.race([once(lines, 'line'), exited.then(() => undefined)])
  if (!ready) throw new Error('the server ended before it was ready')
  const { url } = JSON.parse(String(ready[0])) as { url: string }
  return {
    home,
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      await rm(home, { recursive: true, force: true })
    },
  }
}
