/** Every error the API can answer, with its status and title. The reference page is generated from this table. */
export const errorCodes = {
  'bad-request': { status: 400, title: 'The request cannot be read.' },
  unauthorized: { status: 401, title: 'The token is missing or not valid.' },
  'not-found': { status: 404, title: 'The resource does not exist.' },
  'method-not-allowed': { status: 405, title: 'The path does not take this method.' },
  conflict: { status: 409, title: 'The resource already exists or is being changed by someone else.' },
  'in-use': { status: 409, title: 'The resource is used by others, which are named.' },
  'offset-mismatch': { status: 409, title: 'The upload stands at another offset.' },
  expired: { status: 410, title: 'The changes since that revision are no longer kept.' },
  'precondition-failed': { status: 412, title: 'The resource was changed since it was read.' },
  'too-large': { status: 413, title: 'The body is larger than the limit.' },
  'unsupported-media-type': { status: 415, title: 'The content type is not the one this path takes.' },
  invalid: { status: 422, title: 'The request does not match the schema or a rule.' },
  unsupported: { status: 422, title: 'A setting cannot be honoured by this version or this target.' },
  'blob-missing': { status: 422, title: 'A file was named that has not been uploaded.' },
  'digest-mismatch': { status: 422, title: 'The bytes received are not those announced.' },
  'unsafe-model': { status: 422, title: 'A model file could run code when it is loaded.' },
  unsatisfiable: { status: 422, title: 'The environment cannot be resolved.' },
  'build-failed': { status: 422, title: 'The image could not be built.' },
  'deploy-failed': { status: 422, title: 'The service could not be started.' },
  internal: { status: 500, title: 'An unexpected error; the request id finds it in the log.' },
  corrupted: { status: 500, title: 'Stored bytes no longer match their digest.' },
  unavailable: { status: 503, title: 'A part that is needed cannot be reached.' },
  'insufficient-storage': { status: 507, title: 'The disk is full.' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

export interface ApiErrorOptions extends ErrorOptions {
  /** What the reader can do about it, one sentence. */
  hint?: string
  /** The fields at fault, as paths into the request. */
  fields?: FieldError[]
  /** Names of the resources that stand in the way, as `service/name` or `image/name:version`. */
  users?: string[]
}

export interface FieldError {
  /** Path into the request, such as `body.settings.cpuCores`. */
  path: string
  message: string
}

/** A failure that a caller may branch on; `message` states the rule and the value. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number
  readonly hint: string | undefined
  readonly fields: readonly FieldError[] | undefined
  readonly users: readonly string[] | undefined

  constructor(code: ErrorCode, detail: string, options: ApiErrorOptions = {}) {
    super(detail, options)
    this.code = code
    this.status = errorCodes[code].status
    this.hint = options.hint
    this.fields = options.fields
    this.users = options.users
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value)
}
