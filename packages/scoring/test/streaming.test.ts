/** Replies that a script makes piece by piece: how fast, how far, and how they end. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { RawConnection } from './raw-connection.ts'
import { prefix, type RunningWorker, ScoringStack, until } from './scoring-stack.ts'

/** `<pieces> <bytes of each>` and what happens after them: `raise`, `die`, `hang`, or nothing. Each piece is counted in the log. */
const streams = `
import os, time
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

def pieces(count, size, then):
    try:
        for number in range(count):
            print("piece", number + 1)
            yield bytes([97 + number % 26]) * size
        if then == "raise":
            raise ValueError("no more")
        if then == "die":
            os._exit(9)
        if then == "hang":
            time.sleep(60)
    finally:
        print("over")

@rawhttp
def run(request):
    count, size, then = (request.get_data(as_text=True) + " nothing").split()[:3]
    return AMLResponse(pieces(int(count), int(size), then), 200, {"Content-Type": "text/plain"})
`

describe.each([{ fastPath: true }, { fastPath: false }])(
  'a streamed reply, with fastPath $fastPath',
  ({ fastPath }) => {
    let stack: ScoringStack
    let worker: RunningWorker
    beforeAll(async () => {
      stack = await ScoringStack.open({ fastPath })
      worker = await stack.startWorker(streams)
      await stack.route([worker])
      return async () => await stack.close()
    })

    const printed = (text: string) =>
      stack.logs.flatMap((entry) => entry.text.split('\n')).filter((line) => line === text).length
    const lastPiece = () =>
      stack.logs.flatMap(({ text }) => text.split('\n')).findLast((line) => line.startsWith('piece'))

    test('arrives whole, chunked, with the headers of the script and a run that has ended', async () => {
      const reply = await stack.post('3 5')
      expect(reply.headers.get('transfer-encoding')).toBe('chunked')
      expect(reply.headers.get('content-length')).toBeNull()
      expect(reply.headers.get('content-type')).toBe('text/plain')
      expect(reply.headers.get('x-ms-run-fn-exec-ms')).toMatch(/^\d+\.\d{3}$/)
      expect(await reply.text()).toBe('aaaaabbbbbccccc')
    })

    test('leaves the connection for the next request', async () => {
      const raw = await RawConnection.open(stack.port)
      const request = `POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n`
      raw.send(`${request}2 2`)
      await until(() => raw.received.endsWith('\r\n0\r\n\r\n'))
      expect(raw.received.split('\r\n\r\n')[1]).toBe('2\r\naa\r\n2\r\nbb\r\n0')
      raw.send(`${request}1 1`)
      await until(() => raw.received.endsWith('1\r\na\r\n0\r\n\r\n'))
      raw.close()
    })

    test('to a client of HTTP/1.0 ends with the connection', async () => {
      const raw = await RawConnection.open(stack.port)
      raw.send(`POST ${prefix}/score HTTP/1.0\r\nContent-Length: 3\r\n\r\n2 2`)
      await raw.closed
      expect(raw.received.toLowerCase()).not.toContain('transfer-encoding')
      expect(raw.received.split('\r\n\r\n')[1]).toBe('aabb')
    })

    test('of 40 MB to a client that is slow waits in the script, not in memory', async () => {
      stack.logs.length = 0
      const client = connect(stack.port, '127.0.0.1')
      await once(client, 'connect')
      client.write(`POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n400 100000`)
      await until(() => printed('piece 16') === 1)
      let receivedBytes = 0
      let mostAheadBytes = 0
      client.on('data', (bytes: Buffer) => {
        const made = Number(lastPiece()?.slice('piece '.length))
        mostAheadBytes = Math.max(mostAheadBytes, made * 100_000 - receivedBytes)
        receivedBytes += bytes.length
      })
      await until(() => receivedBytes > 40_000_000)
      await until(() => printed('over') === 1)
      // What is on its way: 16 pieces granted ahead, and the buffers of two sockets in the kernel.
      expect(mostAheadBytes).toBeLessThan(15_000_000)
      client.destroy()
    })

    test('stops being made when its client leaves, and the worker serves the next call', async () => {
      stack.logs.length = 0
      const client = connect(stack.port, '127.0.0.1')
      await once(client, 'connect')
      client.write(`POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n5000 100000`)
      await once(client, 'data')
      client.destroy()
      await until(() => printed('over') === 1)
      expect(lastPiece()).not.toBe('piece 5000')
      expect(await (await stack.post('1 1')).text()).toBe('a')
    })

    test.each(['raise', 'die'])('that ends by %s is cut off, never made to look whole', async (then) => {
      const reply = await stack.post(`2 3 ${then}`)
      expect(reply.status).toBe(200)
      await expect(reply.text()).rejects.toThrow('terminated')
      if (then === 'die') {
        await worker.ended
        worker = await stack.restartWorker(worker)
      }
      expect(await (await stack.post('1 1')).text()).toBe('a')
    })

    test('to a HEAD has no body', async () => {
      const reply = await fetch(`${stack.origin}${prefix}/score`, { method: 'HEAD' })
      expect(reply.status).toBe(500)
    })

    test('whose next piece does not come within the scoring time is cut off, and the worker goes on', async () => {
      const quick = await stack.startWorker(streams, { env: { SCORING_TIMEOUT_MS: '300' } })
      await stack.route([quick], { scoringTimeoutMs: 300 })
      const reply = await stack.post('2 3 hang')
      await expect(reply.text()).rejects.toThrow('terminated')
      expect(await (await stack.post('1 1')).text()).toBe('a')
      expect(quick.process.exitCode).toBeNull()
      await stack.route([worker])
    })

    test('keeps the worker: other calls wait, and run when it is over', async () => {
      const client = await RawConnection.open(stack.port)
      client.socket.pause()
      client.send(`POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n200 100000`)
      stack.logs.length = 0
      await until(() => printed('piece 2') === 1)
      const second = stack.post('1 1')
      await until(() => (stack.stats()?.inFlight ?? 0) + (stack.stats()?.queued ?? 0) === 2)
      client.close()
      expect(await (await second).text()).toBe('a')
    })
  },
)
