/** Asks for what is not allowed, and gives the refusal to compare. */
import { ApiError } from '@slipway/contract'
import type { CommandOptions, Stage } from './stage.ts'

/** What the command line says of a refusal, as a program reads it. */
export interface Refusal {
  /** Exit code. */
  exit: number | null
  code: string
  detail: string
  hint?: string
  fields?: { path: string; message: string }[]
}

/** Runs `slipway` with arguments that it must refuse. Errors: it succeeds. */
export async function refused(
  stage: Stage,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Refusal> {
  const { code: exit, stdout, stderr } = await stage.slipway([...args, '--output', 'json'], options)
  if (exit === 0) throw new Error(`slipway ${args.join(' ')} succeeded:\n${stdout}`)
  return { exit, ...parse(stdout, stderr) }
}

function parse(stdout: string, stderr: string): Omit<Refusal, 'exit'> {
  try {
    const { code, detail, hint, fields } = JSON.parse(stdout) as Refusal
    return { code, detail, ...(hint !== undefined && { hint }), ...(fields && { fields }) }
  } catch {
    throw new Error(`the refusal is no JSON:\n${stdout}\nstandard error:\n${stderr}`)
  }
}

/** The error that a call ends in. Errors: the call succeeds, or fails in another way. */
export async function refusalOf(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ApiError) return error
  throw new Error('the call must be refused and was not', { cause: error })
}
