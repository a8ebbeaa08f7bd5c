/** Runs a program to its end and gives what it printed. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Program {
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  /** Called with each line of standard error while it runs. */
  onLine?: (line: string) => void
}

/** Standard output. Errors: the program cannot be started, or ends with another code than 0; its last lines are in the message. */
export async function runProgram({ command, args, env, onLine }: Program): Promise<string> {
  const child = spawn(command, args, { env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  const complaints: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaints.push(line)
    if (line.trim() !== '') onLine?.(line.trim())
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) {
    const tail = complaints.slice(-15).join('\n')
    throw new Error(`${command} ${args.slice(0, 2).join(' ')} ended with code ${code}:\n${tail}`)
  }
  return output.join('')
}
