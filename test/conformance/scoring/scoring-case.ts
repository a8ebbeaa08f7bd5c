/** What a case of the scoring contract is: a script, a request, and the reply that a client must see. */

/** One script, served once, and the requests that are put to it. */
export interface ScoringSuite {
  name: string
  /** Text of the scoring script. */
  script: string
  /** Variables of the server; only servers that are started with them run the suite. */
  env?: Readonly<Record<string, string>>
  /** More files of the application. */
  files?: Readonly<Record<string, string>>
  cases: readonly ScoringCase[]
}

export interface ScoringCase {
  title: string
  request: CaseRequest
  /** As Azure's server answers. */
  expected: Expected
  /** Where Slipway answers otherwise on purpose. */
  slipway?: Difference
  /** Where its gateway does, which stands before many services. */
  gateway?: Difference
}

export interface CaseRequest {
  method: string
  /** Path and query behind the prefix of the service. */
  path: string
  /** In this order; `Host` and `Connection` are added, and `Content-Length` for a body. */
  headers?: readonly (readonly [name: string, value: string])[]
  body?: string | Uint8Array
  /** Sends the body in these pieces with chunked encoding. */
  chunks?: readonly string[]
}

export interface Expected {
  /** Absent: the connection ends without a reply. */
  status?: number
  /** Body as it is, or what it looks like. */
  body?: string | RegExp
  /** Body as JSON value, where spacing and order do not count. */
  json?: unknown
  /** Body is `{"message": …}` as Azure's server writes it. */
  message?: string
  /** Value, pattern, `null` for absent, or all values of a repeated header. */
  headers?: Readonly<Record<string, string | RegExp | null | readonly string[]>>
  /** The connection is cut before the last chunk. */
  isCut?: boolean
}

export interface Difference {
  why: string
  /** Takes the place of the fields it has. */
  expected: Expected
}

/** Who is asked: Azure's own server, Slipway's score server, or its gateway. */
export type Profile = 'azure' | 'score-server' | 'gateway'

/** What this server is to answer. */
export function expectedOf({ expected, slipway, gateway }: ScoringCase, profile: Profile): Expected {
  if (profile === 'azure') return expected
  const own = { ...expected, ...slipway?.expected }
  return profile === 'gateway' ? { ...own, ...gateway?.expected } : own
}
