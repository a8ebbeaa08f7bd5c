/** `@rawhttp`: every method that reaches the script, and what the request tells it. */
import { call, post, scored, scriptError, wrongMethod } from '../requests.ts'
import type { CaseRequest, ScoringCase, ScoringSuite } from '../scoring-case.ts'

const script = `
import json
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    return [eval(request.headers["X-Look"])]
`

const methods: ScoringSuite = {
  name: '@rawhttp and methods',
  script: `
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    return AMLResponse(request.method + " " + request.get_data(as_text=True), 200, {"X-Method": request.method})
`,
  cases: [
    ...['GET', 'OPTIONS'].map((method) => ({
      title: `${method} reaches the script`,
      request: call(method, '/score'),
      expected: { status: 200, body: `${method} `, headers: { ...scored, 'Content-Type': /^text\/html/ } },
    })),
    {
      title: 'POST reaches the script with its body',
      request: post('body'),
      expected: { status: 200, body: 'POST body', headers: { 'X-Method': 'POST' } },
    },
    {
      title: 'HEAD reaches the script, and its body does not go out',
      request: call('HEAD', '/score'),
      expected: { status: 200, body: '', headers: { 'X-Method': 'HEAD' } },
    },
    ...['PUT', 'PATCH', 'DELETE'].map((method) => ({
      title: `${method} never reaches the script`,
      request: call(method, '/score'),
      expected: wrongMethod,
    })),
  ],
}

/** A request whose script looks at it with a Python expression. */
function look(expression: string, request: Partial<CaseRequest> = {}): CaseRequest {
  const { headers = [], ...rest } = request
  return { method: 'POST', path: '/score', ...rest, headers: [['X-Look', expression], ...headers] }
}

type Row = [expression: string, json: unknown, request?: Partial<CaseRequest>]

const json: Partial<CaseRequest> = {
  headers: [['Content-Type', 'application/json; charset=utf-8']],
  body: '{"a": [1]}',
}
const text: Partial<CaseRequest> = { headers: [['Content-Type', 'text/plain']], body: 'pläin' }
const query: Partial<CaseRequest> = { method: 'GET', path: '/score?a=1&b=x%20y&a=2&e=' }
const form: Partial<CaseRequest> = {
  headers: [['Content-Type', 'application/x-www-form-urlencoded']],
  body: 'name=K%C3%A4se&n=1&n=2',
}
const upload: Partial<CaseRequest> = {
  headers: [['Content-Type', 'multipart/form-data; boundary=XX']],
  body: [
    '--XX',
    'Content-Disposition: form-data; name="field"',
    '',
    'value',
    '--XX',
    'Content-Disposition: form-data; name="image"; filename="a.png"',
    'Content-Type: image/png',
    '',
    'PNG\r\nbytes',
    '--XX--',
    '',
  ].join('\r\n'),
}

const rows: Row[] = [
  ['request.method', 'POST'],
  ['request.get_data().decode()', 'pläin', text],
  ['request.data.decode()', 'pläin', text],
  ['request.get_data(as_text=True)', 'pläin', text],
  ['request.get_data(cache=False).decode()', 'pläin', text],
  ['[request.get_data().decode(), request.get_data().decode()]', ['pläin', 'pläin'], text],
  ['type(request.get_data()).__name__', 'bytes', text],
  ['request.stream.read().decode()', 'pläin', text],
  ['[request.stream.read(2).decode(), request.stream.read().decode()]', ['pl', 'äin'], text],
  ['request.headers["content-type"]', 'text/plain', text],
  ['request.headers.get("CONTENT-TYPE")', 'text/plain', text],
  ['request.headers.get("X-None")', null],
  ['request.headers.get("X-None", "else")', 'else'],
  ['"x-look" in request.headers', true],
  ['dict(request.headers)["Content-Type"]', 'text/plain', text],
  ['[name for name, value in request.headers if name.startswith("Content-T")]', ['Content-Type'], text],
  [
    'request.headers.getlist("X-Two")',
    ['a,b'],
    {
      headers: [
        ['X-Two', 'a'],
        ['X-Two', 'b'],
      ],
    },
  ],
  ['request.args["a"]', '1', query],
  ['request.args.get("a")', '1', query],
  ['request.args.get("a", type=int)', 1, query],
  ['request.args.get("b", type=int)', null, query],
  ['request.args.get("b", 7, type=int)', 7, query],
  ['request.args.get("none")', null, query],
  ['request.args.get("none", "x")', 'x', query],
  ['request.args.getlist("a")', ['1', '2'], query],
  ['request.args.getlist("a", type=int)', [1, 2], query],
  ['request.args.to_dict()', { a: '1', b: 'x y', e: '' }, query],
  ['request.args.to_dict(flat=False)', { a: ['1', '2'], b: ['x y'], e: [''] }, query],
  [
    'list(request.args.items())',
    [
      ['a', '1'],
      ['b', 'x y'],
      ['e', ''],
    ],
    query,
  ],
  [
    'list(request.args.items(multi=True))',
    [
      ['a', '1'],
      ['a', '2'],
      ['b', 'x y'],
      ['e', ''],
    ],
    query,
  ],
  ['sorted(request.args.keys())', ['a', 'b', 'e'], query],
  ['request.args', { a: '1', b: 'x y', e: '' }, query],
  ['isinstance(request.args, dict)', true, query],
  ['list(request.args.values())', ['1', 'x y', ''], query],
  ['list(request.args.lists())[0]', ['a', ['1', '2']], query],
  ['"X-Look" in list(request.headers.keys())', true],
  ['len(request.args)', 3, query],
  ['"a" in request.args', true, query],
  ['request.query_string.decode()', 'a=1&b=x%20y&a=2&e=', query],
  ['request.json', { a: [1] }, json],
  ['request.get_json()', { a: [1] }, json],
  ['request.get_json(force=True)', { a: [1] }, { body: '{"a": [1]}' }],
  ['request.get_json(silent=True)', null, text],
  ['request.is_json', true, json],
  ['request.is_json', false, text],
  ['request.content_type', 'application/json; charset=utf-8', json],
  ['request.mimetype', 'application/json', json],
  ['request.mimetype_params', { charset: 'utf-8' }, json],
  ['request.content_length', 10, json],
  ['request.content_length', null, query],
  ['request.form["name"]', 'Käse', form],
  ['request.form.getlist("n")', ['1', '2'], form],
  ['request.form.to_dict()', { name: 'Käse', n: '1' }, form],
  ['[request.form["name"], request.data.decode()]', ['Käse', ''], form],
  ['request.data.decode()', '', form],
  ['request.get_data().decode()', 'name=K%C3%A4se&n=1&n=2', form],
  ['request.values["n"]', '1', form],
  ['request.values["a"]', '1', query],
  ['request.form["field"]', 'value', upload],
  ['request.files["image"].filename', 'a.png', upload],
  ['request.files["image"].read().decode()', 'PNG\r\nbytes', upload],
  ['request.files["image"].stream.read().decode()', 'PNG\r\nbytes', upload],
  ['request.files["image"].mimetype', 'image/png', upload],
  ['request.files["image"].name', 'image', upload],
  ['list(request.files)', ['image'], upload],
  ['request.files.get("none")', null, upload],
  ['request.cookies.get("session")', 'abc', { headers: [['Cookie', 'session=abc; other=1']] }],
  ['request.cookies', {}],
  ['request.path', '/score'],
  ['request.full_path', '/score?'],
  ['request.full_path', '/score?a=1&b=x%20y&a=2&e=', query],
  ['request.base_url', 'http://model.example/score'],
  ['request.url', 'http://model.example/score'],
  ['request.url_root', 'http://model.example/'],
  ['request.host', 'model.example'],
  ['request.host_url', 'http://model.example/'],
  ['request.scheme', 'http'],
  ['request.is_secure', false],
  ['request.remote_addr', '127.0.0.1'],
  ['request.environ["REQUEST_METHOD"]', 'POST'],
  ['request.environ["PATH_INFO"]', '/score'],
  ['request.environ["QUERY_STRING"]', 'a=1&b=x%20y&a=2&e=', query],
  ['request.environ["CONTENT_TYPE"]', 'text/plain', text],
  ['request.environ["HTTP_X_TWO"]', 'a', { headers: [['X-Two', 'a']] }],
  ['request.authorization.username', 'user', { headers: [['Authorization', 'Basic dXNlcjpwYXNz']] }],
  ['request.authorization.password', 'pass', { headers: [['Authorization', 'Basic dXNlcjpwYXNz']] }],
  ['request.authorization is None', true],
  ['request.user_agent.string', 'tester/1.0', { headers: [['User-Agent', 'tester/1.0']] }],
  ['str(request.user_agent)', 'tester/1.0', { headers: [['User-Agent', 'tester/1.0']] }],
  ['request.referrer', 'http://a.example/', { headers: [['Referer', 'http://a.example/']] }],
  ['request.referrer', null],
  ['request.origin', 'http://a.example', { headers: [['Origin', 'http://a.example']] }],
  ['request.content_encoding', 'gzip', { headers: [['Content-Encoding', 'gzip']] }],
]

const failing: Row[] = [
  ['request.json', undefined, text],
  ['request.json', undefined, { headers: [['Content-Type', 'application/json']], body: '{' }],
  ['request.headers["X-None"]', undefined],
  ['request.args["none"]', undefined],
  ['request.files["none"]', undefined, upload],
]

const attributes: ScoringCase[] = [
  ...rows.map(([expression, value, request]) => ({
    title: `${expression} is ${JSON.stringify(value)}`,
    request: look(expression, request),
    expected: { status: 200, json: [value], headers: scored },
  })),
  ...failing.map(([expression, , request]) => ({
    title: `${expression} fails where there is no such thing`,
    request: look(expression, request),
    expected: scriptError,
  })),
]

export const rawRequest: ScoringSuite = { name: 'the raw request', script, cases: attributes }
export const rawMethods: ScoringSuite = methods
