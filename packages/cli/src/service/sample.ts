/** The sample request of a version, which may stand in a file. */
import type { Action } from '../action.ts'
import { readGivenText } from '../file-argument.ts'

/** The same fields, with the content of the file in place of its name. Errors: usage. */
export async function withSample<Fields extends Record<string, unknown>>(
  action: Action,
  fields: Fields,
): Promise<Fields> {
  const { sampleRequest } = fields
  if (typeof sampleRequest !== 'string') return fields
  const value = await readGivenText(action, { flag: '--sample-request', value: sampleRequest })
  return { ...fields, sampleRequest: value }
}
