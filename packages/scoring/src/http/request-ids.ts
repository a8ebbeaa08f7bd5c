/** The ids that tie a request to its reply and its log lines. */
import type { ClientRequest } from './client-request.ts'

const maxLength = 100

export interface RequestIds {
  /** Ties log lines to the request; undefined when the client sent an empty id. */
  requestId: string | undefined
  /** Response headers, names and values in turn. */
  headers: readonly string[]
  /** Why the request is refused with 431. */
  refusal?: string
}

/**
 * | x-request-id | x-ms-request-id | x-ms-client-request-id | in the reply                                           |
 * | any or new   | –               | –                      | `x-request-id` and `x-ms-request-id` alike             |
 * | any or new   | B               | – or C                 | `x-ms-request-id: B`, `x-ms-client-request-id: C or B` |
 * | any or new   | –               | C                      | C for both `x-ms-` ids                                 |
 */
export function requestIds(sent: Pick<ClientRequest, 'header'>, newId: () => string): RequestIds {
  const given = sent.header('x-request-id')
  const microsoftId = sent.header('x-ms-request-id')
  const clientId = sent.header('x-ms-client-request-id')
  if (given === '') return { requestId: undefined, headers: [] }
  if (isTooLong(given))
    return { requestId: undefined, headers: [], refusal: 'x-request-id must not exceed 100 characters' }
  const requestId = given ?? newId()
  const own = ['x-request-id', requestId]
  if (isTooLong(microsoftId) || isTooLong(clientId)) {
    const refusal = 'x-ms-request-id and x-ms-client-request-id must not exceed 100 characters'
    return { requestId, headers: own, refusal }
  }
  const echoed = microsoftId ?? clientId
  if (echoed === undefined) return { requestId, headers: [...own, 'x-ms-request-id', requestId] }
  return {
    requestId,
    headers: [...own, 'x-ms-request-id', echoed, 'x-ms-client-request-id', clientId ?? echoed],
  }
}

function isTooLong(id: string | undefined): boolean {
  return id !== undefined && id.length > maxLength
}
