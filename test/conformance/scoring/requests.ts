/** Short forms of the requests and replies that many cases share. */
import type { CaseRequest, Expected } from './scoring-case.ts'

type Headers = NonNullable<CaseRequest['headers']>

const json: Headers = [['Content-Type', 'application/json']]

export const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The headers of a JSON reply of `run()`. */
export const scored = {
  'Content-Type': 'application/json',
  'x-ms-run-function-failed': 'False',
  'x-ms-run-fn-exec-ms': /^\d+\.\d{3}$/,
} as const

/** The headers of a reply that `run()` did not make. */
export const unscored = {
  'Content-Type': 'application/json',
  'x-ms-run-function-failed': 'False',
  'x-ms-run-fn-exec-ms': null,
} as const

export function post(body: string | Uint8Array, headers: Headers = json): CaseRequest {
  return { method: 'POST', path: '/score', headers, body }
}

/** `query` with its question mark. */
export function get(query = '', headers: Headers = []): CaseRequest {
  return { method: 'GET', path: `/score${query}`, headers }
}

export function call(method: string, path: string, headers: Headers = []): CaseRequest {
  return { method, path, headers }
}

/** 200 with this body of `run()`. */
export function returns(body: string): Expected {
  return { status: 200, body, headers: scored }
}

/** A refusal before `run()`. */
export function refuses(status: number, message: string): Expected {
  return { status, message, headers: unscored }
}

export const scriptError: Expected = {
  status: 500,
  message: 'An unexpected error occurred in scoring script. Check the logs for more info.',
  headers: { ...unscored, 'x-ms-run-function-failed': 'True' },
}

export const internalError: Expected = {
  status: 500,
  message: 'An unexpected internal error occurred. Check the logs for more info.',
  headers: unscored,
}

export const notFound = refuses(
  404,
  'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
)

export const wrongMethod = refuses(405, 'The method is not allowed for the requested URL.')
