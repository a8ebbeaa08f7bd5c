/** The gateway reads HTTP as node:http does: what that refuses it refuses, what that accepts reaches the script unchanged. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyPieces } from './http-fuzz/any-requests.ts'
import { oddRequests } from './http-fuzz/odd-requests.ts'
import { PlainServer, type SeenRequest } from './http-fuzz/plain-server.ts'
import { sendPieces } from './http-fuzz/raw-client.ts'
import { prefix, ScoringStack } from './scoring-stack.ts'

/** Says as lines of JSON what it was given. */
const showsRequest = `
import base64, json
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    body = base64.b64encode(request.get_data(False)).decode()
    print(json.dumps([request.method, request.full_path, list(request.headers), body]))
    return AMLResponse("seen", 200)
`

const path = `${prefix}/score`
const start = `POST ${path} HTTP/1.1\r\nHost: x\r\n`
const next = `GET ${path}?next HTTP/1.1\r\nHost: x\r\n\r\n`

const cutRequests = [
  { name: 'a plain request', bytes: `${start}Content-Length: 5\r\n\r\nhello` },
  { name: 'a chunked request', bytes: `${start}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n` },
  { name: 'two requests', bytes: `${start}Content-Length: 2\r\n\r\nab${next}` },
  { name: 'a request of two lengths', bytes: `${start}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello` },
]

describe.each([{ fastPath: true }, { fastPath: false }])('with fastPath $fastPath', ({ fastPath }) => {
  const plain = new PlainServer(prefix)
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open({ fastPath })
    await stack.route([await stack.startWorker(showsRequest)])
    await plain.listen()
  })
  afterAll(async () => {
    await plain.close()
    await stack?.close()
  })

  /** What the script was given since it was asked last; a call of our own behind it makes sure that all has arrived. */
  async function seenByScript(): Promise<SeenRequest[]> {
    await (await stack.post('fence')).text()
    const lines = stack.logs.splice(0).flatMap(({ text }) => text.split('\n'))
    const seen = lines.map((line) => toSeen(JSON.parse(line) as ShownRequest))
    expect(seen.pop()?.body).toBe('fence')
    return seen
  }

  /** What became of the same pieces here and in node:http, to be found equal. */
  async function send(pieces: readonly string[]): Promise<{ ours: Outcome; theirs: Outcome }> {
    const plainly = await plain.read(pieces)
    const isDone = (statuses: readonly number[]) =>
      !plainly.isClosed && statuses.length >= plainly.statuses.length
    const replies = await sendPieces(stack.port, pieces, isDone)
    const isCutOff = plainly.isClosed && plainly.statuses.at(-1) !== 200
    const requests = plainly.requests.filter(isScored)
    const theirs = outcome(requests, { isCutOff, isClosed: true, scored: requests.length })
    const scored = replies.statuses.filter((status) => status === 200).length
    const ours = outcome(await seenByScript(), { isCutOff, isClosed: replies.isClosed, scored })
    return { ours, theirs }
  }

  test.each(oddRequests(path))('$name', async ({ pieces }) => {
    const { ours, theirs } = await send(pieces)
    expect(ours).toEqual(theirs)
  })

  test.each(cutRequests)('$name, cut at every byte', async ({ bytes }) => {
    for (let at = 1; at < bytes.length; at += 1) {
      const { ours, theirs } = await send([bytes.slice(0, at), bytes.slice(at)])
      expect(ours, `cut after ${at} bytes`).toEqual(theirs)
    }
  })

  test('anything put together of usual and odd parts', async () => {
    const isAlike = fc.asyncProperty(anyPieces(path), async (pieces) => {
      const { ours, theirs } = await send(pieces)
      expect(ours).toEqual(theirs)
    })
    await fc.assert(isAlike, { seed: 20_261_122, numRuns: 1_000 })
  })
})

type ShownRequest = [method: string, path: string, headers: [string, string][], body: string]

function toSeen([method, path, pairs, body]: ShownRequest): SeenRequest {
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]))
  return { method, path, headers, body: Buffer.from(body, 'base64').toString('latin1') }
}

/** node:http takes any path and method it knows; the gateway knows where scripts are and what they take. */
function isScored({ method, path }: SeenRequest): boolean {
  return ['GET', 'POST', 'HEAD', 'OPTIONS'].includes(method) && path.startsWith('/score?')
}

interface Outcome {
  /** As JSON, sorted: of requests that are sent at once one without a body may run first; it is replies that keep the order. */
  requests: string[]
  end: 'refused and closed' | 'refused and left open' | `${number} replies of the script`
}

/** Where a server refuses and cuts the connection off, replies to what runs by then may be lost. */
function outcome(
  requests: readonly SeenRequest[],
  { isCutOff, isClosed, scored }: { isCutOff: boolean; isClosed: boolean; scored: number },
): Outcome {
  const refusal = isClosed ? 'refused and closed' : 'refused and left open'
  return {
    requests: requests.map((request) => JSON.stringify(request)).toSorted(),
    end: isCutOff ? refusal : `${scored} replies of the script`,
  }
}
