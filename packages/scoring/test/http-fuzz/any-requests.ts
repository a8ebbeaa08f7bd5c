/** Streams of requests put together at random from usual and odd parts, cut at random. */
import * as fc from 'fast-check'

/** Odd parts are rare, so that many streams are plain up to one fault. */
function mostly(usual: readonly string[], ...odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  )
}

const lineEnd = mostly(['\r\n'], '\n', '\r', '\r\r\n', '\n\r\n', ' \r\n')
const method = mostly(['POST', 'GET', 'POST'], 'HEAD', 'OPTIONS', 'PUT', 'post', 'P OST')
const version = mostly(['HTTP/1.1'], 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', '')
const blank = mostly([' '], '  ', '\t', '')
const target = mostly(['', '?a=b', '?x'], '#f', '?a b', '?\u00e4', '/', '\0', '?"<>')

const headerName = mostly(
  ['X-A', 'X-B', 'x-a', 'Accept', 'Content-Type'],
  'X A',
  'X-A ',
  '',
  'X_A',
  '\u00e4',
  'X\0',
)
const headerValue = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'a b', '', '*/*', 'text/plain; q=0.5', '\u00e4', 'a, b') },
  { weight: 1, arbitrary: fc.constantFrom('a\0', '\u007f', 'a\tb', ' a ', 'a\r\n b', '\u0001') },
)
const connection = mostly(['keep-alive', 'Keep-Alive', 'close'], 'upgrade', 'close, keep-alive', 'X-A')
const header = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(headerName, mostly([': ', ':'], ' : ', '', ':\t'), headerValue)
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: connection.map((value) => `Connection: ${value}`) },
)
const host = mostly(['Host: x', 'host: x:80'], 'Host : x', 'X-Host: x', 'Host: x\r\nHost: y')

const chunkSize = fc
  .tuple(fc.nat(12), mostly(['', ''], ';a=b', ' ', ';', '0', 'g', '\t'))
  .map(([size, end]) => size.toString(16) + end)
const chunk = fc
  .tuple(fc.nat(12), chunkSize, mostly(['\r\n'], '\n', ''))
  .chain(([length, wrongSize, end]) =>
    mostly([length.toString(16)], wrongSize).map((size) => `${size}\r\n${'c'.repeat(length)}${end}`),
  )
const lastChunk = mostly(
  ['0\r\n\r\n'],
  '0\r\nX-T: a\r\n\r\n',
  '00\r\n\r\n',
  '0;a\r\n\r\n',
  '0\r\n',
  '0\n\n',
  '-0\r\n\r\n',
)
const chunks = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), lastChunk)
  .map(([some, last]) => some.join('') + last)

const body = fc.constantFrom(
  '',
  'a',
  'hello',
  '{"data": [1]}',
  'GET / HTTP/1.1\r\n\r\n',
  '\0\u00ff',
  'large'.repeat(20_000),
)
const counted = fc.tuple(body, mostly([''], '1', ' ', ', 5', ';')).map(([text, odd]) => ({
  headers: [`Content-Length: ${text.length}${odd}`],
  body: text,
}))
const inChunks = fc
  .tuple(mostly(['chunked'], 'Chunked', 'identity', 'gzip, chunked', 'chunked, chunked', 'chunke'), chunks)
  .map(([coding, text]) => ({
    headers: [`Transfer-Encoding: ${coding}`],
    body: text,
  }))
const contradicting = fc.tuple(counted, inChunks).map(([one, other]) => ({
  headers: [...one.headers, ...other.headers],
  body: other.body,
}))
const framing = fc.oneof(
  { weight: 12, arbitrary: counted },
  { weight: 6, arbitrary: inChunks },
  { weight: 2, arbitrary: fc.constant({ headers: [], body: '' }) },
  { weight: 1, arbitrary: contradicting },
)

function anyRequest(path: string): fc.Arbitrary<string> {
  const line = fc
    .tuple(method, blank, target, blank, version)
    .map(([verb, before, end, after, name]) => [verb, before, path, end, after, name].join(''))
  const some = fc.array(header, { maxLength: 4 })
  return fc.record({ line, host, some, framing, lineEnd }).map((parts) => {
    const head = [parts.line, parts.host, ...parts.some, ...parts.framing.headers]
    return `${head.join(parts.lineEnd)}${parts.lineEnd}${parts.lineEnd}${parts.framing.body}`
  })
}

/** Up to four requests on one connection, in up to four pieces. */
export function anyPieces(path: string): fc.Arbitrary<string[]> {
  const stream = fc
    .array(anyRequest(path), { minLength: 1, maxLength: 4 })
    .map((requests) => requests.join(''))
  return fc.tuple(stream, fc.array(fc.nat(), { maxLength: 3 })).map(([bytes, cuts]) => {
    const edges = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].toSorted((a, b) => a - b)
    return edges
      .slice(1)
      .map((end, at) => bytes.slice(edges[at], end))
      .filter((piece) => piece !== '')
  })
}
