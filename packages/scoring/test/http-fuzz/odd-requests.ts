/** Requests that parsers are known to disagree about, each with its name. */

export interface OddRequest {
  name: string
  /** What is written, a read of the server each. */
  pieces: readonly string[]
}

/** `path` is where scripts are scored. */
export function oddRequests(path: string): OddRequest[] {
  const parts = partsFor(path)
  return [lines, headers, lengths, codings, chunks, connections, streams].flatMap((group) => group(parts))
}

interface Parts {
  path: string
  /** A POST with these headers, each with its line end, and this body. */
  post(headers: string, body?: string): string
  /** A plain POST. */
  plain: string
  /** A plain GET: behind an odd request it shows where a server thinks that one ends. */
  next: string
  alone(name: string, bytes: string): OddRequest
  followed(name: string, bytes: string): OddRequest
}

const counted = 'Content-Length: 5\r\n'
const chunked = 'Transfer-Encoding: chunked\r\n'
const inOneChunk = '5\r\nhello\r\n0\r\n\r\n'

function partsFor(path: string): Parts {
  const post = (headers: string, body = 'hello') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
  const next = `GET ${path}?next HTTP/1.1\r\nHost: x\r\n\r\n`
  return {
    path,
    post,
    plain: post(counted),
    next,
    alone: (name, bytes) => ({ name, pieces: [bytes] }),
    followed: (name, bytes) => ({ name, pieces: [bytes + next] }),
  }
}

const versions = ['1.2', '2.0', '0.9', '1.1 ', '1.10', '01.1', '1', '1.1\t'].map((number) => `HTTP/${number}`)
const methods = [
  'post',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'M-SEARCH',
  'POSTX',
  'P\0ST',
  '',
]
const queries = ['a=b', 'a=%00', 'a b', 'a\tb', 'ä', 'a"b', 'a<b>', 'a|b', 'a\\b', 'a^b', 'a`b', '{a}', 'a?b']
const pathEnds = ['#a', '/../score', '%2f', '//', '/', '\0', ...queries.map((query) => `?${query}`)]

function lines({ path, plain, alone, followed }: Parts): OddRequest[] {
  return [
    followed('HTTP/1.0', plain.replace('HTTP/1.1', 'HTTP/1.0')),
    followed('HTTP/1.0 kept alive', plain.replace('1.1\r\n', '1.0\r\nConnection: keep-alive\r\n')),
    ...[...versions, 'http/1.1', 'HTTP 1.1', 'ICE/1.1'].map((version) =>
      followed(`the version ${JSON.stringify(version)}`, plain.replace('HTTP/1.1', version)),
    ),
    followed('no version', plain.replace(' HTTP/1.1', '')),
    ...methods.map((method) =>
      followed(`the method ${JSON.stringify(method)}`, plain.replace('POST', method)),
    ),
    ...pathEnds.map((end) =>
      followed(`a path that ends with ${JSON.stringify(end)}`, plain.replace(path, path + end)),
    ),
    followed('a whole URL for a path', plain.replace(path, `http://x${path}`)),
    followed('two spaces before the path', plain.replace(' /', '  /')),
    followed('two spaces before the version', plain.replace(' HTTP', '  HTTP')),
    followed('a tab before the path', plain.replace(' /', '\t/')),
    followed('line feeds alone', plain.replaceAll('\r\n', '\n')),
    followed('one line feed alone', plain.replace('x\r\n', 'x\n')),
    followed('carriage returns alone', plain.replaceAll('\r\n', '\r')),
    followed('blank lines before', `\r\n\r\n${plain}`),
    followed('a line feed before', `\n${plain}`),
    followed('a space before', ` ${plain}`),
    alone('a path that is too long', plain.replace(path, `${path}?${'a'.repeat(20_000)}`)),
  ]
}

function headers({ path, post, alone, followed }: Parts): OddRequest[] {
  const withHeader = (name: string, header: string) => followed(name, post(`${header}\r\n${counted}`))
  const many = (name: (at: number) => string) =>
    Array.from({ length: 65 }, (_, at) => `${name(at)}: a`).join('\r\n')
  return [
    withHeader('a NUL in a value', 'X-A: a\0b'),
    withHeader('a NUL in a name', 'X\0A: b'),
    withHeader('a carriage return in a value', 'X-A: a\rb'),
    withHeader('a line feed in a value', 'X-A: a\nX-B: b'),
    withHeader('a bell in a value', 'X-A: a\u0007b'),
    withHeader('a delete character in a value', 'X-A: a\u007fb'),
    withHeader('Latin letters in a value', 'X-A: \u00e4\u00ff'),
    withHeader('blanks around a value', 'X-A: \t a b \t'),
    withHeader('no blank before a value', 'X-A:a'),
    withHeader('an empty value', 'X-A:\r\nX-B: '),
    withHeader('an empty name', ': a'),
    withHeader('a header without colon', 'X-A'),
    withHeader('a name with brackets', 'X(A): a'),
    withHeader('a name with a space', 'X A: a'),
    withHeader('a name that comes twice', 'X-A: a\r\nx-a: b'),
    withHeader('a folded header', 'X-A: a\r\n b'),
    withHeader('two hosts', 'Host: y'),
    followed('no host', `POST ${path} HTTP/1.1\r\n${counted}\r\nhello`),
    followed('an empty host', `POST ${path} HTTP/1.1\r\nHost:\r\n${counted}\r\nhello`),
    withHeader(
      'sixty-five headers of one name',
      many(() => 'X-A'),
    ),
    withHeader(
      'sixty-five headers',
      many((at) => `X-${at}`),
    ),
    withHeader('a head of 8 KiB', `X-A: ${'a'.repeat(8_192)}`),
    alone('a header that is too long', post(`X-A: ${'a'.repeat(20_000)}\r\n${counted}`)),
  ]
}

const oddLengths = [
  '5, 5',
  '5,5',
  '+5',
  '-5',
  '05',
  '0x5',
  '5 ',
  ' 5',
  '\t5',
  '5\t',
  '',
  '5.0',
  '5e0',
  '5;',
  '٥',
]

function lengths({ path, post, next, alone, followed }: Parts): OddRequest[] {
  const large = post('Content-Length: 200000\r\n', '0123456789'.repeat(20_000))
  return [
    ...oddLengths.map((length) =>
      followed(`the length ${JSON.stringify(length)}`, post(`Content-Length: ${length}\r\n`)),
    ),
    followed('two equal lengths', post(counted + counted)),
    followed('two lengths', post(`${counted}Content-Length: 6\r\n`)),
    followed('a length with the name in capitals', post('CONTENT-LENGTH: 5\r\n')),
    followed('a space before the colon of the length', post('Content-Length : 5\r\n')),
    followed('an underscore for the dash', post('Content_Length: 5\r\n')),
    followed('a folded length', post('Content-Length:\r\n 5\r\n')),
    followed('no length', post('', '')),
    followed('a length of nothing', post('Content-Length: 0\r\n', '')),
    followed('a GET with a body', `GET ${path} HTTP/1.1\r\nHost: x\r\n${counted}\r\nhello`),
    alone('a length greater than what comes', post('Content-Length: 6\r\n')),
    alone(
      'a length that takes the next request along',
      post(`Content-Length: ${5 + next.length}\r\n`) + next,
    ),
    alone('a length smaller than what comes', post('Content-Length: 3\r\n')),
    alone('a length beyond 64 bits', post('Content-Length: 18446744073709551621\r\n')),
    followed('a large body', large),
    alone('two large bodies and more in one read', large + large + next),
    {
      name: 'a large body in pieces',
      pieces: [large.slice(0, 60), large.slice(60, 80_000), large.slice(80_000) + next],
    },
    alone('a large body that does not come in whole', large.slice(0, -1)),
  ]
}

const oddCodings = [
  'Chunked',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'identity',
  'identity, chunked',
]
const brokenCodings = ['xchunked', 'chunked ', '\tchunked', '\vchunked', '"chunked"', 'chunked;q=1', '']

function codings({ path, post, followed }: Parts): OddRequest[] {
  const inChunks = (name: string, head: string) => followed(name, post(head, inOneChunk))
  return [
    ...[...oddCodings, ...brokenCodings].map((coding) =>
      inChunks(`the coding ${JSON.stringify(coding)}`, `Transfer-Encoding: ${coding}\r\n`),
    ),
    inChunks('both length and chunked', counted + chunked),
    inChunks('both chunked and length', chunked + counted),
    inChunks('chunked twice', chunked + chunked),
    inChunks('chunked and identity', `${chunked}Transfer-Encoding: identity\r\n`),
    inChunks('a space before the colon of the coding', 'Transfer-Encoding : chunked\r\n'),
    inChunks('a folded coding', 'Transfer-Encoding:\r\n chunked\r\n'),
    followed('a GET with chunks', `GET ${path} HTTP/1.1\r\nHost: x\r\n${chunked}\r\n${inOneChunk}`),
  ]
}

const oddChunks = [
  ['upper case', 'A\r\n0123456789\r\n0\r\n\r\n'],
  ['leading zeros', '00005\r\nhello\r\n000\r\n\r\n'],
  ['an extension', '5;a=b\r\nhello\r\n0\r\n\r\n'],
  ['an extension without a value', '5;a\r\nhello\r\n0;b\r\n\r\n'],
  ['a quoted extension', '5;a="b\\"c"\r\nhello\r\n0\r\n\r\n'],
  ['a line feed behind the extension', '5;a\nhello\r\n0\r\n\r\n'],
  ['a space before the extension', '5 ;a=b\r\nhello\r\n0\r\n\r\n'],
  ['a space behind', '5 \r\nhello\r\n0\r\n\r\n'],
  ['a space before', ' 5\r\nhello\r\n0\r\n\r\n'],
  ['a sign', '+5\r\nhello\r\n0\r\n\r\n'],
  ['a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['no size', '\r\nhello\r\n0\r\n\r\n'],
  ['a letter', 'g\r\nhello\r\n0\r\n\r\n'],
  ['more than 64 bits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
  ['line feeds alone', '5\nhello\n0\n\n'],
  ['no line end behind the bytes', '5\r\nhello0\r\n\r\n'],
  ['bytes too many', '4\r\nhello\r\n0\r\n\r\n'],
  ['bytes too few', '6\r\nhello\r\n0\r\n\r\n'],
  ['a trailer', '5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n'],
  ['a trailer that sets the length', '5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n'],
  ['a trailer without colon', '5\r\nhello\r\n0\r\nbad\r\n\r\n'],
] as const

function chunks({ post, followed }: Parts): OddRequest[] {
  return oddChunks.map(([name, body]) => followed(`a chunk with ${name}`, post(chunked, body)))
}

function connections({ post, plain, alone, followed }: Parts): OddRequest[] {
  const withHeaders = (name: string, more: string) => followed(name, post(more + counted))
  const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n'
  return [
    withHeaders('a connection that closes', 'Connection: close\r\n'),
    withHeaders('a connection that is kept alive', 'Connection: keep-alive\r\n'),
    withHeaders('a connection of two wishes', 'Connection: keep-alive, close\r\n'),
    withHeaders('an upgrade', 'Connection: upgrade\r\nUpgrade: websocket\r\n'),
    withHeaders('an upgrade to HTTP/2', h2c),
    withHeaders('a client that waits for 100', 'Expect: 100-continue\r\n'),
    alone('another expectation', post(`Expect: 200-ok\r\n${counted}`)),
    alone('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    alone('a tunnel', plain.replace(/^POST \S+/, 'CONNECT x:80')),
    alone('nothing but a blank line', '\r\n'),
    alone('what is not HTTP', 'hello\r\n\r\n'),
    alone('the start of TLS', '\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000'),
    alone('a head that does not end', plain.split('\r\n\r\n', 1).join('')),
  ]
}

function streams({ post, plain, next, alone, followed }: Parts): OddRequest[] {
  const nonsense = 'nonsense\r\n\r\n'
  const inPieces = (name: string, ...pieces: string[]): OddRequest => ({ name, pieces })
  return [
    alone('a plain request', plain),
    followed('two requests in one read', plain),
    alone('five requests in one read', plain + next + plain + next + plain),
    alone('blank lines between requests', `${plain}\r\n\r\n${next}`),
    alone('nonsense right behind a plain request', `${plain}${nonsense}${plain}`),
    inPieces('a body that comes later', post(counted, ''), `hello${next}`),
    inPieces('a body in two pieces, and more requests', post(counted, 'he'), `llo${plain}`, next),
    inPieces('an odd request between plain ones', plain, post(chunked, inOneChunk), plain),
    inPieces('nonsense between plain requests', plain, nonsense, plain),
  ]
}
