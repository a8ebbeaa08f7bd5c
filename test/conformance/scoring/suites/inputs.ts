/** What `run()` gets: text, the query as JSON, headers, and parameters by name. */
import { get, post, refuses, returns, scored } from '../requests.ts'
import type { ScoringCase, ScoringSuite } from '../scoring-case.ts'

const json = ['Content-Type', 'application/json'] as const

const bodies: [title: string, body: string][] = [
  ['JSON text', '{"data": [1, 2]}'],
  ['white space', '  {"a" : 1}\n\t'],
  ['text beyond ASCII', 'Käse, 数, 😀'],
  ['no JSON', 'a=1&b=2'],
  ['a NUL', 'a\0b'],
  ['CRLF', 'a\r\nb'],
  ['a byte order mark', '\uFEFF{}'],
]

/** What GET makes of a query. */
const queries: [query: string, text: string][] = [
  ['', '{}'],
  ['?', '{}'],
  ['?num=1', '{"num": 1}'],
  ['?num=1.50', '{"num": 1.5}'],
  ['?a=true&b=null', '{"a": true, "b": null}'],
  ['?a=True', '{"a": "True"}'],
  ['?list=[1,2]', '{"list": [1, 2]}'],
  ['?o=%7B%22k%22:1%7D', '{"o": {"k": 1}}'],
  ['?text=hello+world', '{"text": "hello world"}'],
  ['?text=hello%20world', '{"text": "hello world"}'],
  ['?quoted=%22x%22', '{"quoted": "x"}'],
  ['?a=1&a=2', '{"a": [1, 2]}'],
  ['?a=1&a=x&a=', '{"a": [1, "x", ""]}'],
  ['?blank=', '{"blank": ""}'],
  ['?A=1&a=2', '{"A": 1, "a": 2}'],
  ['?k%C3%A4se=1', '{"k\\u00e4se": 1}'],
  ['?a=%F0%9F%98%80', '{"a": "\\ud83d\\ude00"}'],
  ['?b=2&a=1', '{"b": 2, "a": 1}'],
  ['?n=NaN', '{"n": NaN}'],
]

const textCases: ScoringCase[] = [
  ...bodies.map(([title, body]) => ({
    title: `POST hands ${title} over as it is`,
    request: post(body),
    expected: returns(pythonText(body)),
  })),
  { title: 'an empty body is an empty text', request: post(''), expected: returns('""') },
  {
    title: 'no body at all is an empty text',
    request: { method: 'POST', path: '/score', headers: [] },
    expected: returns('""'),
  },
  ...['text/plain', 'application/xml', 'application/octet-stream', 'nonsense'].map((type) => ({
    title: `the content type ${type} does not matter`,
    request: post('abc', [['Content-Type', type]]),
    expected: returns('"abc"'),
  })),
  { title: 'no content type does not matter', request: post('abc', []), expected: returns('"abc"') },
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'].map((type) => ({
    title: `a body of type ${type} is empty`,
    request: post('{"data": 1}', [['Content-Type', type]]),
    expected: returns('""'),
    slipway: {
      why: 'curl -d without a header sends this type: the body is passed on',
      expected: { body: '"{\\"data\\": 1}"' },
    },
  })),
  {
    title: 'a chunked body is put together',
    request: { method: 'POST', path: '/score', headers: [json], chunks: ['{"da', 'ta": ', '1}'] },
    expected: returns('"{\\"data\\": 1}"'),
  },
  {
    title: 'a body of 1 MiB arrives whole',
    request: post('x'.repeat(1_048_576)),
    expected: returns(`"${'x'.repeat(1_048_576)}"`),
  },
  {
    title: 'a compressed body is not unpacked',
    request: post(new Uint8Array([0x1f, 0x8b]), [json, ['Content-Encoding', 'gzip']]),
    expected: refuses(
      400,
      "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0x8b in position 1: invalid start byte",
    ),
  },
  {
    title: 'what is no UTF-8 is refused with the words of Python',
    request: post(new Uint8Array([0x22, 0xff, 0x22])),
    expected: refuses(
      400,
      "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
    ),
  },
  {
    title: 'UTF-8 that ends too early is refused',
    request: post(new Uint8Array([0x61, 0xc3])),
    expected: refuses(
      400,
      "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end of data",
    ),
  },
  ...queries.map(([query, text]) => ({
    title: `GET ${query || 'without a query'} is JSON text`,
    request: get(query),
    expected: returns(pythonText(text)),
  })),
  {
    title: 'the query of a POST is not looked at',
    request: { ...post('body'), path: '/score?a=1' },
    expected: returns('"body"'),
  },
]

export const textInput: ScoringSuite = {
  name: 'undecorated run()',
  script: `
def init():
    pass

def run(data):
    assert type(data) is str
    return data
`,
  cases: textCases,
}

export const headerInput: ScoringSuite = {
  name: 'request_headers beside the input',
  script: `
def init():
    pass

def run(request_headers, anything, extra="default"):
    assert type(request_headers) is dict
    headers = {name: value for name, value in request_headers.items() if name.startswith(("X-", "Content-T"))}
    return [anything, extra, headers]
`,
  cases: [
    {
      title: 'names are in Title-Case, repeated ones joined',
      request: post('in', [json, ['x-low', '1'], ['X-MIXED-case', '2'], ['x-two', 'a'], ['X-Two', 'b']]),
      expected: {
        status: 200,
        json: [
          'in',
          'default',
          { 'Content-Type': 'application/json', 'X-Low': '1', 'X-Mixed-Case': '2', 'X-Two': 'a,b' },
        ],
        headers: scored,
      },
    },
    {
      title: 'names with an underscore are dropped',
      request: post('in', [
        ['x_forged', '1'],
        ['X-Real', '2'],
      ]),
      expected: { status: 200, json: ['in', 'default', { 'X-Real': '2' }] },
    },
    {
      title: 'GET has them, too',
      request: get('?a=1', [['X-One', '1']]),
      expected: { status: 200, json: ['{"a": 1}', 'default', { 'X-One': '1' }] },
    },
    {
      title: 'an id that was sent is among them',
      request: post('in', [['x-ms-request-id', 'B']]),
      expected: { status: 200, json: ['in', 'default', { 'X-Ms-Request-Id': 'B' }] },
    },
  ],
}

export const keywordOnly: ScoringSuite = {
  name: 'parameters by keyword only',
  script: `
def init():
    pass

def run(*, body, other=7):
    return {"body": body, "other": other}
`,
  cases: [
    {
      title: 'the input goes by the name of the parameter',
      request: post('x'),
      expected: returns('{"body": "x", "other": 7}'),
    },
  ],
}

export const driver: ScoringSuite = {
  name: 'a driver script',
  script: `
import types

seen = []
driver_module = types.ModuleType("inner")
driver_module.__file__ = __file__

def inner_run(data):
    return ["inner", data, seen]

driver_module.run = inner_run
driver_module.init = lambda: seen.append("inner init")

def init():
    seen.append("outer init")

def run(data):
    return "outer"
`,
  cases: [
    {
      title: 'the outer init() and the inner run() are used',
      request: post('x'),
      expected: returns('["inner", "x", ["outer init"]]'),
    },
  ],
}

/** Text as Python's json writes it. */
function pythonText(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
