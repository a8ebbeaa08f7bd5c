/** `@input_schema` and `@output_schema`: content types, parameters by name, and conversion. */
import { call, get, internalError, post, refuses, returns, scored, scriptError } from '../requests.ts'
import type { CaseRequest, ScoringCase, ScoringSuite } from '../scoring-case.ts'

const imports = `
import datetime
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard

def init():
    pass
`

const notJson = refuses(415, 'Expects Content-Type to be application/json')
const noObject = refuses(400, 'POST body should be a JSON dictionary.')
const noNumber = refuses(400, "A value is not provided for the 'num' parameter.")

function sent(type: string | undefined, body = '{"num": 2}'): CaseRequest {
  return post(body, type === undefined ? [] : [['Content-Type', type]])
}

/** A body, and the words of Python's json about it. */
const malformed: [body: string, words: string][] = [
  ['{', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ['{"num": }', 'Expecting value: line 1 column 9 (char 8)'],
  ['{"num": 1', "Expecting ',' delimiter: line 1 column 10 (char 9)"],
  ['{"num": 1} x', 'Extra data: line 1 column 12 (char 11)'],
  ['{\n "num" 1}', "Expecting ':' delimiter: line 2 column 8 (char 9)"],
  ['num=1', 'Expecting value: line 1 column 1 (char 0)'],
]

const typeCases: ScoringCase[] = [
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/vnd.api+json',
    'application/problem+json; x=1',
  ].map((type) => ({ title: `${type} is JSON`, request: sent(type), expected: returns('4') })),
  ...['text/plain', 'text/json', 'application/jsonx', 'application/x-www-form-urlencoded'].map((type) => ({
    title: `${type} is not JSON`,
    request: sent(type),
    expected: notJson,
  })),
  { title: 'no content type is not JSON', request: sent(undefined), expected: notJson },
  {
    title: 'the content type is looked at before the body',
    request: sent('text/plain', ''),
    expected: notJson,
  },
]

const bodyCases: ScoringCase[] = [
  {
    title: 'an empty body is refused',
    request: post(''),
    expected: refuses(400, 'POST body is empty. Expecting a JSON dictionary.'),
  },
  ...malformed.map(([body, words]) => ({
    title: `${JSON.stringify(body)} is refused with the words of Python`,
    request: post(body),
    expected: refuses(400, `POST body could not be decoded as JSON: ${words}`),
  })),
  ...['[1]', '"text"', '1', 'null', 'true'].map((body) => ({
    title: `${body} is no object`,
    request: post(body),
    expected: noObject,
  })),
  { title: 'a parameter without a value is refused', request: post('{}'), expected: noNumber },
  { title: 'names are case-sensitive', request: post('{"Num": 1}'), expected: noNumber },
  { title: 'unknown names are ignored', request: post('{"num": 3, "more": 1}'), expected: returns('6') },
  { title: 'the last of two values counts', request: post('{"num": 1, "num": 5}'), expected: returns('10') },
  {
    title: 'a value of another type is an error of the script',
    request: post('{"num": "x"}'),
    expected: scriptError,
  },
  { title: 'null is a value', request: post('{"num": null}'), expected: scriptError },
  { title: 'true passes for a number', request: post('{"num": true}'), expected: returns('2') },
  {
    title: 'a value that is no UTF-8 is refused',
    request: post(new Uint8Array([0x7b, 0xff])),
    expected: internalError,
    slipway: {
      why: 'the body is at fault, not the server',
      expected: refuses(
        400,
        "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
      ),
    },
  },
]

const methodCases: ScoringCase[] = [
  { title: 'GET takes parameters from the query', request: get('?num=4'), expected: returns('8') },
  { title: 'GET does not ask for a content type', request: get('?num=4&x=1'), expected: returns('8') },
  { title: 'GET without the parameter is refused', request: get(), expected: noNumber },
  {
    title: 'GET with text where a number is due is an error of the script',
    request: get('?num=x'),
    expected: scriptError,
  },
  {
    title: 'OPTIONS is 200 and empty',
    request: call('OPTIONS', '/score'),
    expected: { status: 200, body: '' },
  },
  { title: 'HEAD is 405', request: call('HEAD', '/score'), expected: { status: 405, body: '' } },
]

export const oneNumber: ScoringSuite = {
  name: '@input_schema of one number',
  script: `${imports}
@input_schema("num", Standard(3))
@output_schema(Standard(6))
def run(num):
    return num * 2
`,
  cases: [...typeCases, ...bodyCases, ...methodCases],
}

const all =
  '{"b": true, "f": 1.5, "s": "x", "l": [1, 2], "d": {"k": 1}, "t": "2020-01-02 03:04:05", "raw": b}'

export const standardTypes: ScoringSuite = {
  name: '@input_schema of the types of Python',
  script: `${imports}
@input_schema("b", Standard(True))
@input_schema("f", Standard(1.0))
@input_schema("s", Standard("text"))
@input_schema("l", Standard([1]))
@input_schema("d", Standard({"k": 1}))
@input_schema("t", Standard(datetime.datetime(2020, 1, 1)))
@input_schema("o", Standard(1), optional=True)
@input_schema("u", Standard(1), convert_to_provided_type=False)
def run(b, f, s, l, d, t, plain, o=None, u="kept", untouched=5):
    return [b, f, s, l, d, str(t), plain, o, u, untouched]
`,
  cases: [
    {
      title: 'each parameter is converted, or left as it is',
      request: post(all.replace('"raw": b', '"plain": [null], "o": 0, "u": "any"')),
      expected: returns('[true, 1.5, "x", [1, 2], {"k": 1}, "2020-01-02 03:04:05", [null], 0, "any", 5]'),
    },
    {
      title: 'defaults hold for what is not sent',
      request: post(all.replace('"raw": b', '"plain": 1')),
      expected: returns('[true, 1.5, "x", [1, 2], {"k": 1}, "2020-01-02 03:04:05", 1, null, "kept", 5]'),
    },
    {
      title: 'an integer passes for a float',
      request: post(all.replace('1.5', '2').replace('"raw": b', '"plain": 1')),
      expected: returns('[true, 2, "x", [1, 2], {"k": 1}, "2020-01-02 03:04:05", 1, null, "kept", 5]'),
    },
    {
      title: 'the keys of a dict are not looked at',
      request: post(all.replace('{"k": 1}', '{"z": "y"}').replace('"raw": b', '"plain": 1')),
      expected: returns('[true, 1.5, "x", [1, 2], {"z": "y"}, "2020-01-02 03:04:05", 1, null, "kept", 5]'),
    },
    ...(
      [
        ['b', 'true', '"yes"'],
        ['f', '1.5', '"1.5"'],
        ['s', '"x"', '5'],
        ['l', '[1, 2]', '{}'],
        ['d', '{"k": 1}', '[]'],
        ['t', '"2020-01-02 03:04:05"', '"no date"'],
      ] as const
    ).map(([name, good, bad]) => ({
      title: `${bad} for ${name} is an error of the script`,
      request: post(all.replace(`"${name}": ${good}`, `"${name}": ${bad}`).replace('"raw": b', '"plain": 1')),
      expected: scriptError,
    })),
    {
      title: 'a parameter without a decorator must be sent, too',
      request: post(all.replace(', "raw": b', '')),
      expected: refuses(400, "A value is not provided for the 'plain' parameter."),
    },
  ],
}

export const outputOnly: ScoringSuite = {
  name: '@output_schema alone',
  script: `${imports}
@output_schema(Standard(1))
def run(data, request_headers):
    return data(1) if callable(data) else [data, "X-One" in request_headers]
`,
  cases: [
    {
      title: 'makes the input an object, too',
      request: post('{"data": [1]}', [
        ['Content-Type', 'application/json'],
        ['X-One', '1'],
      ]),
      expected: returns('[[1], true]'),
    },
    {
      title: 'does not check what is returned',
      request: post('{"data": "x"}'),
      expected: returns('["x", false]'),
    },
    { title: 'asks for a content type', request: post('{"data": 1}', []), expected: notJson },
  ],
}

export const unfitSchemaOutput: ScoringSuite = {
  name: 'a schema and a value that cannot be sent',
  script: `${imports}
@input_schema("kind", Standard("bytes"))
def run(kind):
    return b"x" if kind == "bytes" else None
`,
  cases: [
    { title: 'bytes cannot be sent', request: post('{"kind": "bytes"}'), expected: internalError },
    {
      title: 'None is an empty object',
      request: post('{"kind": ""}'),
      expected: { status: 200, body: '{}', headers: scored },
    },
  ],
}
