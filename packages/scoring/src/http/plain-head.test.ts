/** Which heads are read without node:http; every other one is left to it. */
import { describe, expect, test } from 'vitest'
import { longestPlainHeadBytes, readPlainHead } from './plain-head.ts'

const post = 'POST /a/score?x=%20 HTTP/1.1\r\nHost: h\r\n'
const read = (text: string) => readPlainHead(Buffer.from(text, 'latin1'), longestPlainHeadBytes)

describe('a plain head', () => {
  test('is read with its headers as they came', () => {
    const head = read(`${post}X-One: two words\r\ncontent-length: 3\r\nEmpty:\r\n\r\nabc`)
    expect(head).toMatchObject({
      method: 'POST',
      url: '/a/score?x=%20',
      rawHeaders: ['Host', 'h', 'X-One', 'two words', 'content-length', '3', 'Empty', ''],
      contentLength: 3,
    })
    expect(head?.headers.get('x-one')).toBe('two words')
    expect(head?.bytes.toString().endsWith('Empty:\r\n\r\n')).toBe(true)
  })

  test('of a GET has no body', () => {
    expect(read('GET / HTTP/1.1\r\nHost: h\r\n\r\n')?.contentLength).toBe(0)
    expect(read('GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na')).toBeUndefined()
  })

  test('may say that the connection is kept', () => {
    expect(read(`${post}Connection: Keep-Alive\r\nContent-Length: 0\r\n\r\n`)?.contentLength).toBe(0)
  })
})

const length = 'Content-Length: 3\r\n'

test.each([
  { what: 'is not whole', head: `${post}${length}\r\n` },
  { what: 'has no length', head: `${post}\r\n\r\n` },
  { what: 'has a chunked body', head: `${post}Transfer-Encoding: chunked\r\n\r\n` },
  { what: 'has a chunked body and a length', head: `${post}${length}Transfer-Encoding: chunked\r\n\r\n` },
  { what: 'has two lengths', head: `${post}${length}content-length: 3\r\n\r\n` },
  { what: 'has a list of lengths', head: `${post}Content-Length: 3, 3\r\n\r\n` },
  { what: 'has a signed length', head: `${post}Content-Length: +3\r\n\r\n` },
  { what: 'has a hexadecimal length', head: `${post}Content-Length: 0x3\r\n\r\n` },
  { what: 'has a length with a leading zero', head: `${post}Content-Length: 03\r\n\r\n` },
  { what: 'has an empty length', head: `${post}Content-Length:\r\n\r\n` },
  { what: 'has a length beyond all numbers', head: `${post}Content-Length: 9007199254740993\r\n\r\n` },
  { what: 'expects to go on', head: `${post}${length}Expect: 100-continue\r\n\r\n` },
  { what: 'asks for another protocol', head: `${post}${length}Upgrade: h2c\r\n\r\n` },
  { what: 'closes the connection', head: `${post}${length}Connection: close\r\n\r\n` },
  { what: 'names headers of the connection', head: `${post}${length}Connection: x-id\r\n\r\n` },
  { what: 'repeats a header', head: `${post}${length}X-A: 1\r\nx-a: 2\r\n\r\n` },
  { what: 'has no host', head: `POST / HTTP/1.1\r\n${length}\r\n` },
  { what: 'has two hosts', head: `${post}Host: g\r\n${length}\r\n` },
  { what: 'folds a header', head: `${post}X-A: 1\r\n 2\r\n${length}\r\n` },
  { what: 'has a blank before the colon', head: `${post}X-A : 1\r\n${length}\r\n` },
  { what: 'has a blank before the name', head: `${post} X-A: 1\r\n${length}\r\n` },
  { what: 'has a line without a name', head: `${post}: 1\r\n${length}\r\n` },
  { what: 'has a line without a colon', head: `${post}X-A\r\n${length}\r\n` },
  { what: 'has blanks behind a value', head: `${post}X-A: 1 \r\n${length}\r\n` },
  { what: 'has a tab in a value', head: `${post}X-A: 1\t2\r\n${length}\r\n` },
  { what: 'has a control character', head: `${post}X-A: 1\u00002\r\n${length}\r\n` },
  { what: 'has a letter that is not ASCII', head: `${post}X-A: \u00e4\r\n${length}\r\n` },
  { what: 'has a bare line feed', head: `${post}X-A: 1\n${length}\r\n` },
  { what: 'has a bare carriage return', head: `${post}X-A: 1\rX-B: 2\r\n${length}\r\n` },
  { what: 'begins with an empty line', head: `\r\n${post}${length}\r\n` },
  { what: 'is of HTTP/1.0', head: `POST / HTTP/1.0\r\nHost: h\r\n${length}\r\n` },
  { what: 'is of HTTP/1.10', head: `POST / HTTP/1.10\r\nHost: h\r\n${length}\r\n` },
  { what: 'has another method', head: `PUT / HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'has its method in small letters', head: `post / HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'has two blanks before its path', head: `POST  / HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'has a whole URL', head: `POST http://h/ HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'has a fragment', head: `POST /#a HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'has a path that is not ASCII', head: `POST /\u00e4 HTTP/1.1\r\nHost: h\r\n${length}\r\n` },
  { what: 'is long', head: `${post}X-A: ${'a'.repeat(8_200)}\r\n${length}\r\n` },
])('a head that $what is not plain', ({ head, what }) => {
  const text = what === 'is not whole' ? head.slice(0, -2) : head
  expect(read(`${text}abc`)).toBeUndefined()
})
