/** What `run()` may return, and the reply that becomes of it. */
import { internalError, post, returns, scored, scriptError } from '../requests.ts'
import type { Expected, ScoringCase, ScoringSuite } from '../scoring-case.ts'

/** Python expressions and the JSON that the client gets. */
const values: [expression: string, body: string][] = [
  ['{"a": 1}', '{"a": 1}'],
  ['{"b": 1, "a": [1, 2, {"c": None}]}', '{"b": 1, "a": [1, 2, {"c": null}]}'],
  ['[]', '[]'],
  ['{}', '{}'],
  ['None', '{}'],
  ['""', '""'],
  ['0', '0'],
  ['False', 'false'],
  ['True', 'true'],
  ['12345678901234567890', '12345678901234567890'],
  ['1.0', '1.0'],
  ['1e100', '1e+100'],
  ['0.1 + 0.2', '0.30000000000000004'],
  ['float("nan")', 'NaN'],
  ['[float("inf"), -float("inf")]', '[Infinity, -Infinity]'],
  ['"text"', '"text"'],
  ['\'{"a": 1}\'', '"{\\"a\\": 1}"'],
  ['"K\\u00e4se"', '"K\\u00e4se"'],
  ['"\\U0001F600"', '"\\ud83d\\ude00"'],
  ['"a/b\\n\\t\\"\\\\"', '"a/b\\n\\t\\"\\\\"'],
  ['"\\x00\\x1f\\x7f"', '"\\u0000\\u001f\\u007f"'],
  ['"\\ud800"', '"\\ud800"'],
  ['(1, "a", (2,))', '[1, "a", [2]]'],
  ['{1: "a", None: "b", True: "c", 1.5: "d"}', '{"1": "c", "null": "b", "1.5": "d"}'],
  ['{"true": 1}', '{"true": 1}'],
  ['[[1, 2], [3, 4]]', '[[1, 2], [3, 4]]'],
  ['Colour.RED', '1'],
  ['OrderedDict([("z", 1), ("a", 2)])', '{"z": 1, "a": 2}'],
  ['Pair(1, 2)', '[1, 2]'],
  ['-0.0', '-0.0'],
  ['1e-7', '1e-07'],
]

const unfit = [
  'b"bytes"',
  'bytearray(b"x")',
  '{1, 2}',
  '(n for n in [1])',
  'datetime.datetime(2020, 1, 1)',
  'object()',
  '{(1, 2): 3}',
  '[b"x"]',
  'lambda: 1',
  'decimal.Decimal("1.5")',
  'coroutine()',
  'range(3)',
  'loop',
]

const raised = [
  'raising(ValueError("secret"))',
  'raising(KeyError("k"))',
  'raising(MemoryError())',
  'raising(StopIteration())',
  'raising(RecursionError())',
  '1 / 0',
  'unknown_name',
]

export const plainOutput: ScoringSuite = {
  name: 'plain values',
  script: `
import datetime
import decimal
import enum
from collections import OrderedDict, namedtuple

Pair = namedtuple("Pair", "one two")
loop = []
loop.append(loop)

class Colour(enum.IntEnum):
    RED = 1

async def coroutine():
    return 1

def raising(error):
    raise error

def init():
    pass

def run(data):
    return eval(data)
`,
  cases: [
    ...values.map(([expression, body]) => ({
      title: `${expression} is ${body}`,
      request: post(expression),
      expected: returns(body),
    })),
    ...unfit.map((expression) => ({
      title: `${expression} cannot be sent`,
      request: post(expression),
      expected: internalError,
    })),
    ...raised.map((expression) => ({
      title: `${expression} is an error of the script, and its text stays in the log`,
      request: post(expression),
      expected: scriptError,
    })),
  ],
}

const html = 'text/html; charset=utf-8'

function raw(status: number, body: string, headers: Expected['headers'] = {}): Expected {
  return { status, body, headers: { ...scored, 'Content-Type': html, ...headers } }
}

function asJson(status: number, body: string, headers: Expected['headers'] = {}): Expected {
  return { status, body, headers: { ...scored, ...headers } }
}

const failed = { 'x-ms-run-function-failed': 'True' }

/** Expressions that make a response, and the reply. */
const responses: [expression: string, expected: Expected][] = [
  ['AMLResponse("text", 200)', raw(200, 'text')],
  ['AMLResponse(b"bytes", 200)', raw(200, 'bytes')],
  ['AMLResponse("", 200)', raw(200, '')],
  ['AMLResponse("K\\u00e4se", 200)', raw(200, 'Käse')],
  ['AMLResponse(None, 200)', asJson(200, '{}')],
  ['AMLResponse(None, 200, json_str=True)', asJson(200, '{}')],
  ['AMLResponse("text", 200, json_str=True)', asJson(200, '"text"')],
  ['AMLResponse({"a": 1}, 200, json_str=True)', asJson(200, '{"a": 1}')],
  ['AMLResponse({"a": 1}, 200, {}, True)', asJson(200, '{"a": 1}')],
  ['AMLResponse({}, 200, json_str=True)', asJson(200, '{}')],
  ['AMLResponse("made", 201)', raw(201, 'made')],
  ['AMLResponse("made", "201 MADE")', raw(201, 'made')],
  ['AMLResponse("x", 333)', raw(333, 'x')],
  ['AMLResponse("x", 404)', raw(404, 'x')],
  ['AMLResponse("x", 444)', raw(444, 'x')],
  ['AMLResponse("x", 499)', raw(499, 'x')],
  ['AMLResponse("x", 500)', raw(500, 'x', failed)],
  ['AMLResponse("x", 503)', raw(503, 'x', failed)],
  ['AMLResponse("x", 555, json_str=True)', asJson(555, '"x"', failed)],
  ['AMLResponse("x", 200, run_function_failed=True)', raw(200, 'x', failed)],
  ['AMLResponse(None, 200, {}, False, True)', asJson(200, '{}', failed)],
  ['AMLResponse("x", 200, {"a": "A"})', raw(200, 'x', { a: 'A' })],
  ['AMLResponse("x", 200, {"b": "A, B, C"})', raw(200, 'x', { b: ['A', 'B', 'C'] })],
  ['AMLResponse("x", 200, {"Content-Type": "text/csv"})', raw(200, 'x', { 'Content-Type': 'text/csv' })],
  [
    'AMLResponse(b"\\x89PNG", 200, {"Content-Type": "image/png"})',
    { status: 200, headers: { 'Content-Type': 'image/png', 'Content-Length': '4' } },
  ],
  ['AMLResponse("x", 200, {"x-request-id": "mine"})', raw(200, 'x', { 'x-request-id': 'sent' })],
  ['AMLResponse(["a", "b"], 200)', raw(200, 'ab')],
  ['AMLResponse({"a": 1, "b": 2}, 200)', raw(200, 'ab')],
  ['changed()', raw(202, 'later', { 'X-Late': 'yes' })],
  ['AMLResponse("x", 204)', { status: 204, body: '', headers: { 'x-ms-run-function-failed': 'False' } }],
  ['AMLResponse("x", 200, {"n": 1})', scriptError],
  ['AMLResponse()', scriptError],
]

const forged: ScoringCase = {
  title: 'a failed-header of the script stands beside the true one',
  request: post('AMLResponse("x", 200, {"x-ms-run-function-failed": "Z"})'),
  expected: raw(200, 'x', { 'x-ms-run-function-failed': ['False', 'Z'] }),
  slipway: { why: 'the true one alone can be relied on', expected: raw(200, 'x') },
}

const cookie: ScoringCase = {
  title: 'a Set-Cookie with a date is split at its comma',
  request: post('AMLResponse("x", 200, {"Set-Cookie": "a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT"})'),
  expected: raw(200, 'x', { 'Set-Cookie': ['a=1; Expires=Wed', '01 Jan 2031 00:00:00 GMT'] }),
  slipway: {
    why: 'a cookie in two halves is of no use to anybody',
    expected: raw(200, 'x', { 'Set-Cookie': 'a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT' }),
  },
}

export const responseOutput: ScoringSuite = {
  name: 'AMLResponse',
  script: `
from azureml.contrib.services.aml_response import AMLResponse

def changed():
    response = AMLResponse("later", 200)
    response.status_code = 202
    response.headers["X-Late"] = "yes"
    return response

def init():
    pass

def run(data):
    return eval(data)
`,
  cases: [
    ...responses.map(([expression, expected]) => ({
      title: `${expression} is sent as it is`,
      request: post(expression, [
        ['Content-Type', 'application/json'],
        ['x-request-id', 'sent'],
      ]),
      expected,
    })),
    forged,
    cookie,
  ],
}

/** Generators: chunks as they are made, and a cut where they end in an error. */
export const streamedOutput: ScoringSuite = {
  name: 'streamed replies',
  script: `
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

def lines(text):
    for line in text.split():
        if line == "raise":
            raise ValueError("midway")
        yield line + "\\n"

def run(data):
    return AMLResponse(lines(data), 200, {"Content-Type": "text/event-stream"})
`,
  cases: [
    {
      title: 'each piece is sent',
      request: post('a b c'),
      expected: {
        status: 200,
        body: 'a\nb\nc\n',
        headers: {
          'Content-Type': 'text/event-stream',
          'Transfer-Encoding': 'chunked',
          'Content-Length': null,
        },
      },
    },
    {
      title: 'the head tells how long run() took, which has returned',
      request: post('a'),
      expected: { status: 200, body: 'a\n', headers: { ...scored, 'Content-Type': 'text/event-stream' } },
    },
    {
      title: 'no piece at all is an empty body',
      request: post(''),
      expected: { status: 200, body: '', headers: { 'x-ms-run-function-failed': 'False' } },
    },
    {
      title: 'beyond ASCII goes as UTF-8',
      request: post('ä 数'),
      expected: { status: 200, body: 'ä\n数\n' },
    },
    {
      title: 'an error midway cuts the connection',
      request: post('a raise b'),
      expected: { status: 200, body: 'a\n', isCut: true },
    },
  ],
}
