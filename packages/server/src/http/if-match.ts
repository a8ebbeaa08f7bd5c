/** Reads the revision that a change is based on. */
import { ApiError } from '@slipway/contract'

/** The revision of an `If-Match` header, with or without quotes. Errors: `bad-request`. */
export function revisionOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const [, digits] = /^"?(\d{1,15})"?$/.exec(header) ?? []
  if (digits === undefined) throw new ApiError('bad-request', `if-match must be a revision, got ${header}`)
  return Number(digits)
}
