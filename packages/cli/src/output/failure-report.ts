/** Tells a failure: one sentence and what to do, or a problem document, and the exit code. */
import { exitCodes, outcomeOf, type Outcome } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'
import type { World } from '../world.ts'

/** Writes the failure to stderr, as JSON to stdout where that was asked for, and returns the exit code. */
export async function reportFailure(world: World, error: unknown, format: string): Promise<number> {
  if (world.signal.aborted) {
    world.stderr.write('interrupted\n')
    return exitCodes.interrupted.status
  }
  if (error instanceof CommandFailure && error.isTold) return exitCodes[error.outcome].status
  const { document, outcome } = await describeFailure(error)
  if (format === 'json') world.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
  else world.stderr.write(asText(document))
  return exitCodes[outcome].status
}

/** A problem document, or the part of one that a failure without a status has. */
interface FailureDocument {
  code: string
  detail: string
  hint?: string | undefined
  fields?: readonly { path: string; message: string }[] | undefined
  users?: readonly string[] | undefined
}

async function describeFailure(error: unknown): Promise<{ document: FailureDocument; outcome: Outcome }> {
  if (error instanceof CommandFailure) {
    const { hint, message, outcome } = error
    return { document: { code: outcome, detail: message, ...(hint !== undefined && { hint }) }, outcome }
  }
  // Loaded here, as showing help needs no contract.
  const { ApiError, toProblem } = await import('@slipway/contract')
  if (error instanceof ApiError) return { document: toProblem(error), outcome: outcomeOf(error.code) }
  return { document: describeFault(error), outcome: 'failed' }
}

/** The system's own errors say enough; all others are faults of this program, and their stack is what is needed. */
function describeFault(error: unknown): FailureDocument {
  if (error instanceof Error && 'syscall' in error) return { code: 'failed', detail: error.message }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    code: 'internal',
    detail,
    hint: 'This is a fault of slipway: please report it with the lines above.',
  }
}

function asText({ detail, fields, users, hint }: FailureDocument): string {
  const lines = [`error: ${detail}`]
  const faults = (fields ?? []).map(({ path, message }) => `${path}: ${message}`)
  lines.push(...faults.filter((fault) => fault !== detail).map((fault) => `  ${fault}`))
  if (users) lines.push(...users.map((user) => `  used by ${user}`))
  if (hint !== undefined) lines.push(`hint: ${hint}`)
  return `${lines.join('\n')}\n`
}
