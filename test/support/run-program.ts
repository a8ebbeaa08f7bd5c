/** Runs programs as a user would, to their end or for as long as a story needs them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ProgramOptions {
  cwd: string
  /** The whole environment. */
  env: NodeJS.ProcessEnv
  stdin?: string | undefined
  /** After this time the program is killed and its end is an error; 120 000 unless given. */
  deadlineMs?: number | undefined
}

export interface Finished {
  /** Exit code; null after a signal. */
  code: number | null
  stdout: string
  stderr: string
}

export interface RunningProgram {
  pid: number
  finished: Promise<Finished>
  /** Lines of the standard output, as they come; ends with the program. */
  lines: AsyncIterable<string>
  kill(signal: NodeJS.Signals): void
}

/** Its end, whatever the exit code is. Errors: it cannot be started, or is not done at its deadline. */
export async function runProgram(command: readonly string[], options: ProgramOptions): Promise<Finished> {
  return await startProgram(command, options).finished
}

export function startProgram(command: readonly string[], options: ProgramOptions): RunningProgram {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' })
  // A program that does not read its input may be gone before all of it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  const lines = createInterface({ input: child.stdout })
  return {
    pid: child.pid ?? 0,
    finished: endOf(child, { command, deadlineMs: options.deadlineMs ?? 120_000 }),
    lines,
    kill: (signal) => void child.kill(signal),
  }
}

async function endOf(
  child: ChildProcess,
  { command, deadlineMs }: { command: readonly string[]; deadlineMs: number },
): Promise<Finished> {
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, deadlineMs)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => clearTimeout(timer))
  if (isLate) throw new Error(`${command.join(' ')} did not end within ${deadlineMs} ms:\n${stderr()}`)
  return { code, stdout: stdout(), stderr: stderr() }
}

/** What has come until it is asked for. */
function textOf(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
