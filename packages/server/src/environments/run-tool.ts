/** Runs a program to its end, handing on every line it prints while it prints it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface ToolRun {
  command: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  /** What the program reads from standard input; without it, nothing. */
  input?: string
  /** Standard output is an answer, not progress: it is returned and not handed on. */
  quiet?: boolean
}

export interface ToolResult {
  /** 127 when the program could not be started. */
  exitCode: number
  stdout: string
  stderr: string
}

export type OnLine = (line: string) => void

const ignoreLines: OnLine = () => undefined

/** Resolves whatever the exit status; rejects with the signal's reason after it has ended the process group. */
export async function runTool(run: ToolRun, onLine: OnLine, signal: AbortSignal): Promise<ToolResult> {
  signal.throwIfAborted()
  const child = spawn(run.command, run.args, {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stop = () => endGroup(child)
  signal.addEventListener('abort', stop, { once: true })
  const exited = exitOf(child)
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input ?? '')
  try {
    const [stdout, stderr, end] = await Promise.all([
      collect(child.stdout, run.quiet ? ignoreLines : onLine),
      collect(child.stderr, onLine),
      exited,
    ])
    signal.throwIfAborted()
    return { exitCode: end.exitCode, stdout, stderr: end.error ? `${end.error}\n` : stderr }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What a tool may know of the surroundings: where to find and fetch things, and no secrets of the server. */
export function toolEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(([name, value]) => value !== undefined && allowed.test(name))
  return Object.fromEntries(entries) as Record<string, string>
}

const allowed =
  /^(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|TZ|NETRC|CC|CXX|CFLAGS|LDFLAGS|LD_LIBRARY_PATH|SSL_CERT_\w+|\w+_CA_BUNDLE|(UV|PIP)_\w+|XDG_\w+|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY|SystemRoot|LOCALAPPDATA|APPDATA)$/

/** Compilers and the like that the tool has started must end with it. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

function exitOf(child: ChildProcess): Promise<{ exitCode: number; error?: string }> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ exitCode: 127, error: error.message }))
    child.on('close', (code) => resolve({ exitCode: code ?? 137 }))
  })
}

async function collect(stream: Readable, onLine: OnLine): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line)
    onLine(line)
  }
  return lines.join('\n')
}
