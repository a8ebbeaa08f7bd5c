/** Every error the API can answer, with its status, its title and what to do about it. The reference page is generated from this table. */
export const errorCodes = {
  'bad-request': {
    status: 400,
    title: 'The request cannot be read.',
    help: 'Send a request that HTTP and JSON allow; the detail says what could not be read.',
  },
  unauthorized: {
    status: 401,
    title: 'The token is missing or not valid.',
    help: 'Send `Authorization: Bearer <token>` with the token that the server wrote into its data folder.',
  },
  'not-found': {
    status: 404,
    title: 'The resource does not exist.',
    help: 'Check the name, the version and the workspace; a list shows what there is.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method.',
    help: 'Use one of the methods that the `allow` header of the reply names.',
  },
  conflict: {
    status: 409,
    title: 'The resource already exists or is being changed by someone else.',
    help: 'Read the detail: take another name, wait until the other change is done, or stop what is in the way.',
  },
  'in-use': {
    status: 409,
    title: 'The resource is used by others, which are named.',
    help: 'Delete the users first: services, then images, then models.',
  },
  'offset-mismatch': {
    status: 409,
    title: 'The upload stands at another offset.',
    help: 'Read the upload and go on at the offset it stands at; the clients do this by themselves.',
  },
  expired: {
    status: 410,
    title: 'The changes since that revision are no longer kept.',
    help: 'Read the list again, and follow the changes from now on.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The resource was changed since it was read.',
    help: 'Read the resource again, repeat your change on what it is now, and send its new revision.',
  },
  'too-large': {
    status: 413,
    title: 'The body is larger than the limit.',
    help: 'Send less at once; for scoring requests the server has the setting `maxBodyMb`.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The content type is not the one this path takes.',
    help: 'Send the content type that the detail names.',
  },
  invalid: {
    status: 422,
    title: 'The request does not match the schema or a rule.',
    help: 'Correct the fields that the problem lists; each says the rule and the value.',
  },
  unsupported: {
    status: 422,
    title: 'A setting cannot be honoured by this version or this target.',
    help: 'Leave the setting out, or do as the hint says; nothing is ignored silently.',
  },
  'blob-missing': {
    status: 422,
    title: 'A file was named that has not been uploaded.',
    help: 'Upload the file first, then send the request again.',
  },
  'digest-mismatch': {
    status: 422,
    title: 'The bytes received are not those announced.',
    help: 'The file changed on the way or while it was sent: upload it again.',
  },
  'unsafe-model': {
    status: 422,
    title: 'A model file could run code when it is loaded.',
    help: 'Register it with `--allow-unsafe` only when you trust who wrote it; that is recorded with the model.',
  },
  unsatisfiable: {
    status: 422,
    title: 'The environment cannot be resolved.',
    help: 'Change the line of the conda file that the detail names; the nearest versions that exist are given.',
  },
  'build-failed': {
    status: 422,
    title: 'The image could not be built.',
    help: 'Read the log of the build: `slipway image logs NAME:VERSION`.',
  },
  'deploy-failed': {
    status: 422,
    title: 'The service could not be started.',
    help: 'Ask for the reason: `slipway why SERVICE`.',
  },
  internal: {
    status: 500,
    title: 'An unexpected error; the request id finds it in the log.',
    help: 'This is a fault of Slipway: report it with the lines of the server’s log that carry the request id.',
  },
  corrupted: {
    status: 500,
    title: 'Stored bytes no longer match their digest.',
    help: 'Restore the file from a backup, or register the model again.',
  },
  unavailable: {
    status: 503,
    title: 'A part that is needed cannot be reached.',
    help: 'Check that the part named in the detail runs and can be reached; then try again.',
  },
  'insufficient-storage': {
    status: 507,
    title: 'The disk is full.',
    help: 'Free some space, or delete models and images that nobody uses.',
  },
} as const satisfies Record<string, { status: number; title: string; help: string }>

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
