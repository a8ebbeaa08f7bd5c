/** The one error of this package: what was refused and why, with a code that callers can branch on. */
export type OciErrorCode =
  | 'invalid-digest'
  | 'invalid-path'
  | 'path-conflict'
  | 'size-mismatch'
  | 'digest-mismatch'
  | 'unsafe-entry'
  | 'unsupported-entry'
  | 'limit-exceeded'
  | 'corrupt-archive'

export class OciError extends Error {
  override readonly name = 'OciError'
  readonly code: OciErrorCode

  constructor(code: OciErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}
