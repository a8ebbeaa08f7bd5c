/** Failures of the command line itself: a wrong command line, and a command that did not succeed. */
import type { Outcome } from './exit-codes.ts'

export interface FailureOptions extends ErrorOptions {
  /** What the reader can do, one sentence. */
  hint?: string | undefined
  /** `failed` unless given. */
  outcome?: Outcome | undefined
  /** True where the result that was written tells it already; only the exit code is left to say. */
  isTold?: boolean | undefined
}

export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly hint: string | undefined
  readonly outcome: Outcome
  readonly isTold: boolean

  constructor(
    message: string,
    { hint, outcome = 'failed', isTold = false, ...options }: FailureOptions = {},
  ) {
    super(message, options)
    this.hint = hint
    this.outcome = outcome
    this.isTold = isTold
  }
}

/** The command line is wrong: exit code 2. */
export function usageError(message: string, hint?: string): CommandFailure {
  return new CommandFailure(message, { hint, outcome: 'usage' })
}
