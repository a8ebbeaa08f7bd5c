// Runs a program of the set-up quietly: its output goes to a log, and to the error when it fails.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

/** A program that could not be started or did not end with 0; `output` is all that it printed. */
export class CommandError extends Error {
  name = 'CommandError'

  constructor(message, output) {
    super(message)
    this.output = output
  }
}

/**
 * Resolves with the output (stdout and stderr as they came); rejects with a CommandError.
 * @param {string[]} command program and arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, logFile?: string, signal?: AbortSignal }} [options]
 * @returns {Promise<string>}
 */
export function runCommand(command, options = {}) {
  const [program = '', ...args] = command
  const { cwd, env = process.env, logFile, signal } = options
  if (logFile) appendFileSync(logFile, `$ ${command.join(' ')}\n`)
  return new Promise((resolve, reject) => {
    const chunks = []
    const keep = (chunk) => {
      chunks.push(chunk)
      if (logFile) appendFileSync(logFile, chunk)
    }
    const child = spawn(program, args, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) =>
      reject(new CommandError(`${program} could not be run: ${error.message}`, '')),
    )
    child.once('close', (code, killedBy) => {
      const output = Buffer.concat(chunks).toString()
      if (code === 0) return resolve(output)
      reject(new CommandError(`${command.join(' ')} ended with ${killedBy ?? `code ${code}`}`, output))
    })
  })
}
