/** What clients see of the contract of scripts, and of a worker that two gateways use, through real gateways. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prefix, ScoringStack } from './scoring-stack.ts'

const noInit = 'def init():\n    pass\n'
const declares = `
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
${noInit}
@input_schema('number', StandardPythonParameterType(1))
def run(number):
    return number + 1
`
const makes = `
from azureml.contrib.services.aml_response import AMLResponse
${noInit}
def run(data):
    return AMLResponse('made', '201 MADE', {'X-List': 'a, b'})
`
const tellsThread = `
import threading
${noInit}
def run(data):
    thread = threading.Thread(target=print, args=('from a thread:', data))
    thread.start()
    thread.join()
    return data
`

let stack: ScoringStack
beforeEach(async () => {
  stack = await ScoringStack.open()
})
afterEach(async () => await stack.close())

test('a declared input is read, or refused as not JSON, malformed or incomplete', async () => {
  await stack.route([await stack.startWorker(declares)])
  const score = async (body: string, type: string): Promise<[number, unknown]> => {
    const reply = await stack.post(body, { 'content-type': type })
    return [reply.status, await reply.json()]
  }
  expect(await score('{"number": 1}', 'application/json')).toEqual([200, 2])
  expect(await score('{"number": 1}', 'application/ld+json')).toEqual([200, 2])
  const expected = { message: 'Expects Content-Type to be application/json' }
  expect(await score('{"number": 1}', 'text/plain')).toEqual([415, expected])
  expect((await score('{"number"', 'application/json'))[0]).toBe(400)
  expect((await score('{}', 'application/json'))[0]).toBe(400)
  expect((await score('{"number": "x"}', 'application/json'))[0]).toBe(500)
  const got = await fetch(`${stack.origin}${prefix}/score?number=41`)
  expect(await got.json()).toBe(42)
})

test('a script may choose the phrase behind its status', async () => {
  await stack.route([await stack.startWorker(makes)])
  const { status, statusText, headers } = await stack.post('')
  expect([status, statusText, headers.get('x-list')]).toEqual([201, 'MADE', 'a, b'])
})

test('a line that a thread of the script prints carries the id of the request that runs', async () => {
  await stack.route([await stack.startWorker(tellsThread)])
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => await stack.post(`${at}`, { 'x-request-id': `r${at}` })),
  )
  const told = stack.logs.map(({ requestId, text }) => `${requestId} ${text}`).sort()
  expect(told).toEqual(Array.from({ length: 20 }, (_, at) => `r${at} from a thread: ${at}`).sort())
})

test('two gateways share one worker, and lose no call when one of them goes', async () => {
  const worker = await stack.startWorker(`${noInit}\ndef run(data):\n    return data\n`)
  const other = await ScoringStack.open()
  await stack.route([worker])
  await other.route([worker])
  const send = async (to: ScoringStack, at: number): Promise<string> => await (await to.post(`${at}`)).text()
  const numbers = Array.from({ length: 200 }, (_, at) => at)
  const mine = Promise.all(numbers.map(async (at) => await send(stack, at)))
  const others = await Promise.all(numbers.map(async (at) => await send(other, at + 1_000)))
  await other.close()
  expect(await mine).toEqual(numbers.map((at) => `"${at}"`))
  expect(others).toEqual(numbers.map((at) => `"${at + 1_000}"`))
  expect(await send(stack, 7)).toBe('"7"')
})
