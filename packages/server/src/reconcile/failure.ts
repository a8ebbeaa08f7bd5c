/** An error as a status keeps it. */
import { ApiError, type Failure } from '@slipway/contract'

/** An error that nobody foresaw is `internal`, and its message says what broke off, such as `the build`. */
export function failureOf(error: unknown, what: string): Failure {
  if (!(error instanceof ApiError))
    return { code: 'internal', message: `${what} broke off: ${String(error)}` }
  return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
}
