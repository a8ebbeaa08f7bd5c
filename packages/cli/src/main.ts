/** Entry point of `slipway`: the only place that reads the process. */
import { buffer } from 'node:stream/consumers'
import { homedir } from 'node:os'
import type { WriteStream } from 'node:tty'
import { run } from './run.ts'
import type { Sink, World } from './world.ts'

process.exitCode = await run(currentWorld())

function currentWorld(): World {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  process.once('SIGTERM', () => interrupted.abort(new Error('terminated')))
  return {
    argv: process.argv.slice(2),
    env: process.env,
    workingFolder: process.cwd(),
    homeFolder: homedir(),
    nodeVersion: process.versions.node,
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    stdinIsTerminal: process.stdin.isTTY,
    ask,
    readStdin: async () => new Uint8Array(await buffer(process.stdin)),
    isAlive,
    signal: interrupted.signal,
    now: Date.now,
  }
}

async function ask(question: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: question, initialValue: false, output: process.stderr })) === true
}

function sinkOf(stream: WriteStream): Sink {
  // A reader such as `head` may leave early; what it did not want is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  return {
    write: (text) => stream.write(text),
    isTerminal: stream.isTTY,
    columns: stream.columns || 80,
  }
}

/** Signal 0 asks whether there is such a process; EPERM says that it is someone else's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
