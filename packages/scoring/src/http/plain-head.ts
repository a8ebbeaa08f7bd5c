/** Reads the head of a plain request; whatever is out of the ordinary is left to the parser of node:http, unread. */

export interface PlainHead {
  /** A copy, blank line included: the next request on the connection mostly begins with the same bytes. */
  bytes: Buffer
  method: string
  url: string
  /** Names and values in turn, as received. */
  rawHeaders: readonly string[]
  /** Values by lower-case name; no name comes twice. */
  headers: ReadonlyMap<string, string>
  contentLength: number
}

/** Longer heads are rare. */
export const longestPlainHeadBytes = 8_192
const maxHeaders = 64

const requestLine = /^(GET|POST) (\/[\w/.~!$&'()*+,;=:@%?-]*) HTTP\/1\.1\r\n/
/** One header; a value has no blanks around it and nothing outside of printable ASCII. */
const headerLine = /([!#$%&'*+.^_`|~\w-]+): ?((?:[!-~](?:[ -~]*[!-~])?)?)\r\n/y
const decimal = /^(?:0|[1-9]\d{0,14})$/

/** Headers that say how the message or the connection is to be read. */
const notPlain = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'proxy-connection',
  'http2-settings',
])

/** Undefined unless `bytes` begin with a whole head of a plain GET or POST with a known length, of `maxHeadBytes` at most. */
export function readPlainHead(bytes: Buffer, maxHeadBytes: number): PlainHead | undefined {
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1')
  if (end < 0 || end + 4 > maxHeadBytes) return undefined
  const head = readText(bytes.toString('latin1', 0, end + 2))
  return head && { bytes: Buffer.from(bytes.subarray(0, end + 4)), ...head }
}

function readText(text: string): Omit<PlainHead, 'bytes'> | undefined {
  const [line, method, url] = requestLine.exec(text) ?? []
  if (line === undefined || method === undefined || url === undefined) return undefined
  const rawHeaders = readHeaders(text, line.length)
  const headers = rawHeaders && byName(rawHeaders)
  if (rawHeaders === undefined || headers === undefined) return undefined
  const contentLength = plainLength(method, headers)
  return contentLength === undefined ? undefined : { method, url, rawHeaders, headers, contentLength }
}

/** Undefined if anything is not a plain header. */
function readHeaders(text: string, from: number): string[] | undefined {
  const headers: string[] = []
  headerLine.lastIndex = from
  while (headerLine.lastIndex < text.length) {
    const [, name, value] = headerLine.exec(text) ?? []
    if (name === undefined || value === undefined || headers.length >= 2 * maxHeaders) return undefined
    headers.push(name, value)
  }
  return headers
}

/** Undefined if a name comes twice, or one is there that is not plain. */
function byName(rawHeaders: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (headers.has(name) || notPlain.has(name)) return undefined
    headers.set(name, rawHeaders[at + 1] ?? '')
  }
  const connection = headers.get('connection')
  const keepsAlive = connection === undefined || connection.toLowerCase() === 'keep-alive'
  return keepsAlive && headers.has('host') ? headers : undefined
}

function plainLength(method: string, headers: ReadonlyMap<string, string>): number | undefined {
  const sent = headers.get('content-length')
  if (sent === undefined) return method === 'GET' ? 0 : undefined
  if (!decimal.test(sent)) return undefined
  const length = Number(sent)
  return method === 'GET' && length > 0 ? undefined : length
}
