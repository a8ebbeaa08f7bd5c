/** The port as a client sees it: limits, odd requests, connections; the same with the fast path and without. */
import { beforeAll, describe, expect, test } from 'vitest'
import { RawConnection, type RawReply } from './raw-connection.ts'
import { prefix, ScoringStack, until } from './scoring-stack.ts'
import { obeys, reversesBytes } from './scripts.ts'

const post = (body: string, headers = '') =>
  `POST ${prefix}/score HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
const health = `GET ${prefix}/ HTTP/1.1\r\nHost: h\r\n\r\n`

const open = async ({ port }: ScoringStack) => await RawConnection.open(port)

const limits = {
  maxHeaderBytes: 4_096,
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  keepAliveTimeoutMs: 1_000,
  maxBodyBytes: 1_000,
}

describe.each([{ fastPath: true }, { fastPath: false }])('with fastPath $fastPath', ({ fastPath }) => {
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open({ ...limits, fastPath })
    await stack.route([await stack.startWorker(obeys)])
    return async () => await stack.close()
  })

  async function ask(text: string): Promise<RawReply> {
    const connection = await open(stack)
    connection.send(text)
    const reply = await connection.reply()
    connection.close()
    return reply
  }

  /** Status and message of a refusal, which is JSON and ends the connection. */
  async function refusalOf(text: string): Promise<[status: number, message: unknown]> {
    const connection = await open(stack)
    connection.send(text)
    const { status, headers, body } = await connection.reply()
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json',
      'x-ms-run-function-failed': 'False',
      connection: 'close',
    })
    await connection.closed
    return [status, (JSON.parse(body) as { message: unknown }).message]
  }

  test('a reply has its headers in the order of the scoring server, then those of the connection', async () => {
    const { headers, body } = await ask(post('"x"', 'x-request-id: A\r\nTraceId: T\r\n'))
    expect(headers.map(([name]) => name)).toEqual([
      'content-type',
      'content-length',
      'x-ms-run-function-failed',
      'x-ms-run-fn-exec-ms',
      'x-ms-server-version',
      'x-request-id',
      'x-ms-request-id',
      'traceid',
      'date',
      'connection',
      'keep-alive',
    ])
    const values = new Map(headers)
    expect([values.get('connection'), values.get('keep-alive')]).toEqual(['keep-alive', 'timeout=1'])
    expect(Math.abs(Date.parse(values.get('date') ?? '') - Date.now())).toBeLessThan(5_000)
    expect(body).toBe(String.raw`"\"x\""`)
  })

  test('requests sent at once are answered in their order, whichever way each is read', async () => {
    const connection = await open(stack)
    const chunked = `POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\n`
    connection.send(post('1') + health + post('2') + chunked + post('4') + health)
    const bodies: string[] = []
    for (let at = 0; at < 6; at += 1) bodies.push((await connection.reply()).body)
    expect(bodies).toEqual(['"1"', 'Healthy', '"2"', '"3"', '"4"', 'Healthy'])
    connection.close()
  })

  test('many requests sent at once are answered, and those behind them are read when they were', async () => {
    const connection = await open(stack)
    connection.send(health.repeat(5_000))
    for (let at = 0; at < 5_000; at += 1) expect((await connection.reply()).status).toBe(200)
    connection.close()
  })

  test('a body that comes after its head, byte by byte, is put together', async () => {
    const connection = await open(stack)
    const text = post('"ab"')
    for (const byte of text) {
      connection.send(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await connection.reply()).body).toBe(String.raw`"\"ab\""`)
    connection.close()
  })

  test('a head that changes from request to request is read anew each time', async () => {
    const connection = await open(stack)
    const ids: (string | undefined)[] = []
    for (const id of ['A', 'A', 'B', 'AA']) {
      connection.send(post('x', `x-request-id: ${id}\r\n`))
      ids.push(new Map((await connection.reply()).headers).get('x-request-id'))
    }
    expect(ids).toEqual(['A', 'A', 'B', 'AA'])
    connection.close()
  })

  test('what is not HTTP is refused, after the replies to what came before', async () => {
    expect(await refusalOf('HELLO\r\n\r\n')).toEqual([400, 'The request is not valid HTTP/1.1.'])
    expect(await refusalOf(post('x').replace('Host: h\r\n', ''))).toEqual([
      400,
      'The request is not valid HTTP/1.1.',
    ])
    const connection = await open(stack)
    connection.send(`${post('sleep 0.1')}GARBAGE\r\n\r\n`)
    expect([(await connection.reply()).status, (await connection.reply()).status]).toEqual([200, 400])
    await connection.closed
  })

  test('a head over the limit is refused with 431, a body with 413', async () => {
    expect(await refusalOf(post('x', `X-Long: ${'a'.repeat(5_000)}\r\n`))).toEqual([
      431,
      'The request line and headers are too large.',
    ])
    const { status, body } = await ask(post('x'.repeat(1_001)))
    expect([status, body]).toEqual([413, '{"message": "The request body must not exceed 1000 bytes."}'])
  })

  test('a body that is refused at its head is passed over, and the next request answered', async () => {
    const connection = await open(stack)
    const large = post('x'.repeat(300_000))
    connection.send(large.slice(0, 1_000))
    expect((await connection.reply()).status).toBe(413)
    connection.send(large.slice(1_000) + post('y') + post('z'))
    expect([(await connection.reply()).body, (await connection.reply()).body]).toEqual(['"y"', '"z"'])
    connection.close()
  })

  test('a client that does not send the rest of a refused body is told so', async () => {
    const connection = await open(stack)
    connection.send(post('x'.repeat(300_000)).slice(0, 1_000))
    expect([(await connection.reply()).status, (await connection.reply()).status]).toEqual([413, 408])
    await connection.closed
  })

  test('a client that waits to send its body is told to go on, or refused', async () => {
    const connection = await open(stack)
    connection.send(post('hello', 'Expect: 100-continue\r\n').replace('hello', ''))
    expect((await connection.reply()).status).toBe(100)
    connection.send('hello')
    expect((await connection.reply()).body).toBe('"hello"')
    connection.close()
    const tooLarge = `POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n`
    const refusing = await open(stack)
    refusing.send(tooLarge)
    expect(await refusing.reply()).toMatchObject({
      status: 413,
      headers: expect.arrayContaining([['connection', 'close']]),
    })
    await refusing.closed
    expect(await refusalOf(post('x', 'Expect: a-miracle\r\n'))).toEqual([
      417,
      'The only expectation that can be met is 100-continue.',
    ])
  })

  test.each([
    { what: 'nothing', text: '' },
    { what: 'a part of the head', text: post('x').slice(0, 30) },
    { what: 'a part of the body', text: post('hello').slice(0, -2) },
  ])('a client that sends $what and then no more is told so', async ({ text }) => {
    expect(await refusalOf(text)).toEqual([408, 'The request did not arrive in time.'])
  })

  test('a connection without a request ends after a while, one with a request does not', async () => {
    const idle = await open(stack)
    idle.send(health)
    await idle.reply()
    const busy = await open(stack)
    busy.send(post('sleep 2.5'))
    await idle.closed
    expect(idle.received).toBe('')
    expect((await busy.reply()).status).toBe(200)
    busy.close()
  })

  test('a client that leaves before its reply is noticed', async () => {
    const before = stack.stats()?.abandoned ?? 0
    const connection = await open(stack)
    connection.send(post('sleep 0.3'))
    await until(() => stack.stats()?.inFlight === 1)
    connection.close()
    await until(() => stack.stats()?.abandoned !== before)
    expect(stack.stats()?.abandoned).toBe(before + 1)
  })

  test('a client that has sent all it wants to send gets no reply, as node:http has it', async () => {
    const connection = await open(stack)
    connection.send(post('sleep 0.2'))
    connection.socket.end()
    await connection.closed
    expect(connection.received).toBe('')
  })
})

describe.each([{ fastPath: true }, { fastPath: false }])(
  'closing, with fastPath $fastPath',
  ({ fastPath }) => {
    test('answers what is on its way, says that the connection ends, and ends idle ones', async () => {
      const stack = await ScoringStack.open({ fastPath })
      await stack.route([await stack.startWorker(obeys)])
      const [idle, silent, busy, part] = await Promise.all([
        open(stack),
        open(stack),
        open(stack),
        open(stack),
      ])
      idle.send(health)
      await idle.reply()
      busy.send(post('sleep 0.3'))
      part.send(post('hello').slice(0, -2))
      await until(() => stack.stats()?.inFlight === 1)
      const closed = stack.gateway.close()
      part.send('lo')
      const replies = await Promise.all([busy.reply(), part.reply()])
      const ends = replies.map(({ status, headers }) => [status, new Map(headers).get('connection')])
      expect(ends).toEqual([
        [200, 'close'],
        [200, 'close'],
      ])
      await Promise.all([closed, idle.closed, silent.closed, busy.closed, part.closed])
      await stack.close()
    })

    test('cuts at the deadline what will not end', async () => {
      const stack = await ScoringStack.open({ fastPath, closeDeadlineMs: 300 })
      const part = await open(stack)
      part.send('POST')
      await stack.gateway.close()
      await part.closed
      expect(part.received).toBe('')
      await stack.close()
    })
  },
)

test('headers that no frame can hold are refused where the script is to see them', async () => {
  const stack = await ScoringStack.open({ maxHeaderBytes: 100_000 })
  await stack.route([await stack.startWorker(reversesBytes)])
  const connection = await open(stack)
  connection.send(post('abc', `X-Large: ${'x'.repeat(70_000)}\r\n`) + post('abc'))
  const [refused, served] = [await connection.reply(), await connection.reply()]
  expect([refused.status, refused.body]).toEqual([
    431,
    '{"message": "The request headers are too large to be handed to the script."}',
  ])
  expect([served.status, served.body]).toEqual([201, 'cba'])
  await stack.close()
})
