/** `/swagger.json`: versions, what is in them, and files that take their place. */
import { call, refuses, unscored } from '../requests.ts'
import type { Expected, ScoringCase, ScoringSuite } from '../scoring-case.ts'

const undecorated = `
def init():
    pass

def run(data):
    return data
`

const described: Expected['headers'] = { ...unscored, 'x-request-id': /./ }

function ask(query: string): ScoringCase['request'] {
  return call('GET', `/swagger.json${query}`)
}

/** What stands in a document of this version. */
const kinds: [query: string, pattern: RegExp][] = [
  ['', /"swagger": ?"2\.0"/],
  ['?version=2', /"swagger": ?"2\.0"/],
  ['?version=2.0', /"swagger": ?"2\.0"/],
  ['?version=3', /"openapi": ?"3\.0\.3"/],
  ['?version=3.0', /"openapi": ?"3\.0\.3"/],
  ['?version=3.1', /"openapi": ?"3\.1\.0"/],
  ['?other=1', /"swagger": ?"2\.0"/],
]

const notValid = (version: string) =>
  refuses(404, `Swagger version [${version}] is not valid. Supported versions: [2, 3, 3.1].`)

export const swagger: ScoringSuite = {
  name: 'swagger of an undecorated run()',
  script: undecorated,
  cases: [
    ...kinds.map(([query, body]) => ({
      title: `/swagger.json${query} is ${String(body)}`,
      request: ask(query),
      expected: { status: 200, body, headers: described },
    })),
    ...['3.0a', '1', '4', '2.1', 'x', ''].map((version) => ({
      title: `version ${version || 'empty'} is not valid`,
      request: ask(`?version=${version}`),
      expected: notValid(version),
    })),
    ...[
      /"title": ?"ML service"/,
      /"version": ?"1\.0"/,
      /"\/score"/,
      /"operationId": ?"RunMLService"/,
    ].flatMap((body) =>
      ['2', '3', '3.1'].map((version) => ({
        title: `version ${version} has ${String(body)}`,
        request: ask(`?version=${version}`),
        expected: { status: 200, body },
      })),
    ),
    ...[
      /"ServiceHealthCheck"/,
      /"GetSwaggerSpec"/,
      /"ServiceInput"/,
      /"ServiceOutput"/,
      /"ErrorResponse"/,
      /"Bearer"/,
    ].map((body) => ({ title: `it has ${String(body)}`, request: ask(''), expected: { status: 200, body } })),
  ],
}

export const swaggerNamed: ScoringSuite = {
  name: 'swagger of a service with a name and a prefix',
  script: undecorated,
  env: { SERVICE_NAME: 'diabetes', SERVICE_VERSION: '7', SERVICE_PATH_PREFIX: '/api/v9' },
  cases: [
    ...[
      /"title": ?"diabetes"/,
      /"version": ?"7"/,
      /"description": ?"API specification for the Azure Machine Learning service diabetes"/,
      /"\/api\/v9\/score"/,
      /"\/api\/v9\/swagger\.json"/,
      /"\/api\/v9\/"/,
    ].flatMap((body) =>
      ['2', '3', '3.1'].map((version) => ({
        title: `version ${version} has ${String(body)}`,
        request: ask(`?version=${version}`),
        expected: { status: 200, body },
      })),
    ),
    {
      title: 'the prefix does not move the routes',
      request: call('GET', '/api/v9/score'),
      expected: { status: 404 },
    },
  ],
}

const own = (text: string) =>
  JSON.stringify({ swagger: '2.0', info: { title: text, version: '1' }, paths: {} })

export const swaggerFiles: ScoringSuite = {
  name: 'swagger files beside the script',
  script: undecorated,
  files: { 'swagger.json': own('mine'), 'swagger3.json': own('third'), 'swagger3.1.json': own('newest') },
  cases: (
    [
      ['', 'mine'],
      ['?version=2', 'mine'],
      ['?version=3', 'third'],
      ['?version=3.1', 'newest'],
    ] as const
  ).map(([query, title]) => ({
    title: `/swagger.json${query} is the file`,
    request: ask(query),
    expected: { status: 200, json: { swagger: '2.0', info: { title, version: '1' }, paths: {} } },
  })),
}

export const swaggerMixed: ScoringSuite = {
  name: 'swagger of a sample with items of several types',
  script: `
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", StandardPythonParameterType([1, "two"]))
def run(data):
    return data
`,
  cases: [
    {
      title: 'version 2 cannot say it',
      request: ask(''),
      expected: refuses(
        404,
        'Swagger version [2] is not supported for the scoring script. Supported swagger versions: [3, 3.1].',
      ),
    },
    ...['3', '3.1'].map((version) => ({
      title: `version ${version} can`,
      request: ask(`?version=${version}`),
      expected: { status: 200, body: /"example": ?\{"data": ?\[1, ?"two"\]\}/ },
    })),
  ],
}

export const swaggerSchema: ScoringSuite = {
  name: 'swagger of a decorated run()',
  script: `
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard

def init():
    pass

@input_schema("num", Standard(3))
@input_schema("text", Standard("x"))
@output_schema(Standard({"sum": 1.5}))
def run(num, text, plain=1):
    return num
`,
  cases: ['2', '3', '3.1'].flatMap((version) =>
    [
      /"num": ?\{"type": ?"integer", ?"format": ?"int64"\}/,
      /"text": ?\{"type": ?"string"\}/,
      /"sum": ?\{"type": ?"number", ?"format": ?"double"\}/,
      /"required": ?\["sum"\]/,
    ].map((body) => ({
      title: `version ${version} has ${String(body)}`,
      request: ask(`?version=${version}`),
      expected: { status: 200, body },
    })),
  ),
}
