/** Requests of one connection that are under way together: node:http hands them on before the ones ahead are answered. */
import { beforeAll, expect, test } from 'vitest'
import { RawConnection } from './raw-connection.ts'
import { aVersion, prefix, ScoringStack, until } from './scoring-stack.ts'
import { obeys } from './scripts.ts'

const pieces = 100
const pieceBytes = 65_536
const streams = `
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    return AMLResponse((b"a" * ${pieceBytes} for _ in range(${pieces})), 200)
`

let stack: ScoringStack
beforeAll(async () => {
  stack = await ScoringStack.open({ fastPath: false })
  const [slow, streaming] = await Promise.all([stack.startWorker(obeys), stack.startWorker(streams)])
  const versions = [
    aVersion({ name: 'slow', replicas: [slow.endpoint] }),
    aVersion({ name: 'streaming', isDefault: false, replicas: [streaming.endpoint] }),
  ]
  await stack.route([], { versions })
  return async () => await stack.close()
})

const request = (version: string, body: string) =>
  `POST ${prefix}/score HTTP/1.1\r\nHost: h\r\nazureml-model-deployment: ${version}\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`

test('a streamed reply behind a slow one arrives whole', async () => {
  const client = await RawConnection.open(stack.port)
  client.send(request('slow', 'sleep 0.3') + request('streaming', ''))
  await until(() => client.received.endsWith('\r\n0\r\n\r\n'))
  expect(client.received.length).toBeGreaterThan(pieces * pieceBytes)
  client.close()
})

test('a streamed reply behind a slow one gives its worker free when the client leaves', async () => {
  const client = await RawConnection.open(stack.port)
  client.send(request('slow', 'sleep 1') + request('streaming', ''))
  await until(() => stack.stats('slow')?.inFlight === 1 && stack.stats('streaming')?.inFlight === 1)
  client.close()
  await until(() => stack.stats('streaming')?.inFlight === 0)
  expect(stack.stats('slow')?.inFlight).toBe(1)
})

test('calls behind one that runs give up their places when the client leaves', async () => {
  const client = await RawConnection.open(stack.port)
  client.send(request('slow', 'sleep 1') + request('slow', 'x') + request('slow', 'y'))
  await until(() => stack.stats('slow')?.queued === 2)
  client.close()
  await until(() => stack.stats('slow')?.queued === 0)
  expect(stack.stats('slow')?.inFlight).toBe(1)
})
