/** Issuing and revoking tokens for the callers of a service. */
import type { Action } from '../action.ts'
import { paramsOf } from './read.ts'

/** The token alone as text, so that it can stand in a variable. */
export async function token(action: Action): Promise<void> {
  const client = await action.connect()
  const [input, options] = [{ params: paramsOf(action) }, { signal: action.signal }]
  const issued =
    action.options['revoke'] === true
      ? await client.services.revokeTokens(input, options)
      : await client.services.token(input, options)
  action.show(issued, { kind: 'lines', lines: [issued.accessToken] })
}
