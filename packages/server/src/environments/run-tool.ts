/** Runs a program to its end, handing on every line it prints while it prints it. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
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
  const child = start(run)
  const stop = () => endGroup(child)
  signal.addEventListener('abort', stop, { once: true })
  child.stdin?.on('error', () => undefined).end(run.input ?? '')
  try {
    const [stdout, stderr, end] = await Promise.all([
      collect(child.stdout, run.quiet ? ignoreLines : onLine),
      collect(child.stderr, onLine),
      exitOf(child),
    ])
    signal.throwIfAborted()
    return { exitCode: end.exitCode, stdout, stderr: end.error ? `${end.error}\n` : stderr }
  } finally {
    signal.removeEventListener('abort', stop)
    child.stdio[lifeline]?.destroy()
  }
}

/**
 * Holds the other end of a pipe: when the server is gone, however it went, the tool and all it has started end, so
 * that nobody writes into folders that the next server tidies up.
 */
const guard = '{ cat <&3; kill -9 0; } >/dev/null 2>&1 & exec 3<&-; "$@"'
const lifeline = 3

function start({ command, args, cwd, env }: ToolRun): ChildProcess {
  const options: SpawnOptions = { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] }
  if (process.platform === 'win32') return spawn(command, args, { ...options, detached: false })
  return spawn('/bin/sh', ['-c', guard, 'sh', command, ...args], options)
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
    child.on('exit', (code) => resolve({ exitCode: code ?? 137 }))
  })
}

async function collect(stream: Readable | null, onLine: OnLine): Promise<string> {
  if (!stream) return ''
  const lines: string[] = []
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line)
    onLine(line)
  }
  return lines.join('\n')
}
