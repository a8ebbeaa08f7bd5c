/** How a gateway says how it is itself, to whoever spreads requests over several. */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createGateway } from '../src/index.ts'

interface Answer {
  status: number | undefined
  body: string
}

/** A gateway without services, and a client that keeps its connection. */
async function aGateway() {
  const gateway = createGateway({ onLog: () => undefined, kill: () => undefined })
  const { port } = await gateway.listen({ port: 0, host: '127.0.0.1' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(async () => {
    agent.destroy()
    await gateway.close()
  })
  const ask = async (method: string, path = '/healthz'): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    request({ port, host: '127.0.0.1', path, method, agent }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    })
      .on('error', reject)
      .end()
    return await promise
  }
  return { gateway, ask }
}

test('it is healthy whatever its services are', async () => {
  const { ask } = await aGateway()
  expect(await ask('GET')).toEqual({ status: 200, body: 'Healthy' })
  expect(await ask('HEAD')).toEqual({ status: 200, body: '' })
  expect((await ask('GET', '/healthy')).status).toBe(404)
})

test('it is not while it stops, and says so on connections that are still open', async () => {
  const { gateway, ask } = await aGateway()
  expect((await ask('GET')).status).toBe(200)
  const closed = gateway.close()
  expect(await ask('GET')).toEqual({ status: 503, body: '{"message": "The gateway is stopping."}' })
  await closed
})
