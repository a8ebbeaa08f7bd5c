/** Whatever a script puts into a reply, the client gets the same bytes with and without the fast path, and nothing it could take for a second reply. */
import { once } from 'node:events'
import { connect } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prefix, ScoringStack } from './scoring-stack.ts'

const repliesAsTold = `
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    told = request.get_json(force=True)
    return AMLResponse(told["body"], told["status"], dict(told["headers"]))
`

interface ToldReply {
  status: number | string
  headers: [string, string][]
  body: string
}

const names = [
  'X-A',
  'x-b',
  'Content-Type',
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'Keep-Alive',
  'Date',
  'Trailer',
  'Upgrade',
  'Set-Cookie',
  'X A',
  'X:A',
  '',
  'X-\u00e4',
  'X-A\r\nX-C',
  ':reason',
]
const values = [
  'a',
  '',
  ' a ',
  'a, b',
  '3',
  '0',
  '-1',
  'chunked',
  'close',
  'keep-alive',
  'upgrade',
  'text/plain',
  '\u00e4',
  '\u20ac',
  'a\r\nX-D: d',
  'a\nb',
  'a\rb',
  '\0',
  '\u007f',
  'a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
]
const numbers = [200, 201, 204, 205, 304, 404, 500, 503, 599, 99, 100, 101, 600, 999, 1_000, 0, -1]
const phrases = ['200 Fine', '200 \u00e4', '200 a\r\nX-E: e', '404 ']
const header = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values))
const toldReply: fc.Arbitrary<ToldReply> = fc.record({
  status: fc.constantFrom<number | string>(...numbers, ...phrases),
  headers: fc.uniqueArray(header, { maxLength: 3, selector: ([key]) => key }),
  body: fc.constantFrom('', 'abc', 'HTTP/1.1 200 OK\r\n\r\n'),
})

const fenceBody = 'this is the fence'

describe('replies of scripts', () => {
  let fast: ScoringStack
  let plain: ScoringStack
  beforeAll(async () => {
    ;[fast, plain] = await Promise.all([
      ScoringStack.open({ fastPath: true }),
      ScoringStack.open({ fastPath: false }),
    ])
    for (const stack of [fast, plain]) await stack.route([await stack.startWorker(repliesAsTold)])
  })
  afterAll(async () => {
    await fast?.close()
    await plain?.close()
  })

  test('are the same bytes with the fast path and without', async () => {
    const isAlike = fc.asyncProperty(toldReply, async (told) => {
      const [ours, theirs] = await Promise.all([received(fast, told), received(plain, told)])
      expect(ours).toBe(theirs)
    })
    await fc.assert(isAlike, { seed: 20_261_122, numRuns: 600 })
  })

  test('say nothing about where they end', async () => {
    const headers: ToldReply['headers'] = [
      ['Content-Length', '9'],
      ['transfer-Encoding', 'chunked'],
      ['Connection', 'close'],
      ['Trailer', 'X-A'],
    ]
    for (const stack of [fast, plain]) {
      const [head = ''] = (await received(stack, { status: 200, headers, body: 'abc' })).split('\r\n\r\n')
      const said = head
        .split('\r\n')
        .filter((line) => /^(content-length|transfer|connection|trailer)/i.test(line))
      expect(said).toEqual(['Content-Length: 3', 'Connection: keep-alive'])
    }
  })

  test.each([
    {
      name: 'a header value',
      told: { status: 200, headers: [['X-A', 'a\r\n\r\nHTTP/1.1 200 OK']], body: '' },
    },
    { name: 'a header name', told: { status: 200, headers: [['X-A\r\nX-B', 'a']], body: '' } },
    { name: 'a status phrase', told: { status: '200 a\r\nX-E: e', headers: [], body: '' } },
  ] satisfies { name: string; told: ToldReply }[])('cannot be split by $name', async ({ told }) => {
    for (const stack of [fast, plain]) {
      const text = await received(stack, told)
      expect(text).not.toMatch(/^(X-B|X-E): /m)
      expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(2)
    }
  })
})

/** All bytes up to the reply to a second request, or to the end of the connection, without what is different each time. */
async function received(stack: ScoringStack, told: ToldReply): Promise<string> {
  const socket = connect({ port: stack.port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
  let text = ''
  socket.on('data', (piece: string) => (text += piece))
  const closed = once(socket, 'close')
  socket.write(request(told) + request({ status: 200, headers: [], body: fenceBody }), 'utf8')
  while (!socket.closed && !text.includes(fenceBody)) await Promise.race([once(socket, 'data'), closed])
  socket.destroy()
  return text.replaceAll(/x-ms-run-fn-exec-ms: .*\r\n|Date: \w{3}, .*\r\n/g, '')
}

function request(told: ToldReply): string {
  const body = JSON.stringify(told)
  const head = `POST ${prefix}/score HTTP/1.1\r\nHost: x\r\nx-request-id: r\r\n`
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
