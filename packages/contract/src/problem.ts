/** The wire form of an error: RFC 9457 problem documents. */
import * as z from 'zod'
import { ApiError, errorCodes, isErrorCode, type ErrorCode } from './errors.ts'

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]

export const Problem = z
  .object({
    type: z.string().describe('URI reference of the error’s page in the reference.'),
    title: z.string().describe('What kind of error it is; the same for every error of this code.'),
    status: z.int().describe('HTTP status.'),
    code: z.enum(codes).describe('Stable name of the error, for programs.'),
    detail: z.string().describe('The rule and the value at fault.'),
    hint: z.string().optional().describe('What to do about it.'),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    users: z.array(z.string()).optional().describe('Who uses the resource that cannot be deleted.'),
    requestId: z.string().optional().describe('Finds the request in the server’s log.'),
  })
  .meta({ id: 'Problem' })

export type Problem = z.output<typeof Problem>

export const problemContentType = 'application/problem+json'

export function toProblem(error: ApiError, requestId?: string): Problem {
  return {
    type: `/docs/reference/errors#${error.code}`,
    title: errorCodes[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.fields && { fields: [...error.fields] }),
    ...(error.users && { users: [...error.users] }),
    ...(requestId !== undefined && { requestId }),
  }
}

/** The error in a problem document; a reply that is none becomes `internal` or `unavailable` with its text. */
export function fromProblem(status: number, body: unknown): ApiError {
  const parsed = Problem.safeParse(body)
  if (parsed.success && isErrorCode(parsed.data.code)) {
    const { code, detail, ...rest } = parsed.data
    return new ApiError(code, detail, rest)
  }
  const text = typeof body === 'string' ? body.slice(0, 500) : JSON.stringify(body)?.slice(0, 500)
  return new ApiError(status === 503 ? 'unavailable' : 'internal', `unexpected reply ${status}: ${text}`)
}
