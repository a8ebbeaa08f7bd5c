/** Reads the code of an error of the file system. */

/** Such as `ENOENT`; the error as text where it has no code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
