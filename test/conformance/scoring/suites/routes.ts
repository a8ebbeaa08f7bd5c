/** Which paths and methods there are, and what all replies carry: ids, version, trace. */
import {
  call,
  get,
  guid,
  notFound,
  post,
  refuses,
  returns,
  scored,
  unscored,
  wrongMethod,
} from '../requests.ts'
import type { CaseRequest, Expected, ScoringCase, ScoringSuite } from '../scoring-case.ts'

const script = `
def init():
    pass

def run(data):
    return data
`

const long = 'A'.repeat(100)
const tooLong = 'A'.repeat(101)

const health: Expected = {
  status: 200,
  body: 'Healthy',
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'x-ms-run-function-failed': null,
    'x-request-id': guid,
  },
}

const noIds = { 'x-request-id': null, 'x-ms-request-id': null, 'x-ms-client-request-id': null }
const bare = { ...noIds, 'x-ms-server-version': null, 'x-ms-run-function-failed': 'False' }

const paths: ScoringCase[] = [
  { title: 'GET / is the health', request: call('GET', '/'), expected: health },
  { title: 'HEAD / has its head', request: call('HEAD', '/'), expected: { ...health, body: '' } },
  {
    title: 'a query does not change the health',
    request: call('GET', '/?verbose=1'),
    expected: health,
  },
  {
    title: 'OPTIONS / names the methods',
    request: call('OPTIONS', '/'),
    expected: { status: 200, body: '' },
  },
  {
    title: 'OPTIONS /swagger.json is empty',
    request: call('OPTIONS', '/swagger.json'),
    expected: { status: 200, body: '' },
  },
  {
    title: 'OPTIONS /score is 200 and empty',
    request: call('OPTIONS', '/score'),
    expected: {
      status: 200,
      body: '',
      headers: { 'x-ms-run-function-failed': 'False', 'x-request-id': guid },
    },
  },
  {
    title: 'HEAD /score is 405',
    request: call('HEAD', '/score'),
    expected: {
      status: 405,
      body: '',
      headers: { 'x-ms-run-function-failed': 'False', 'x-request-id': guid },
    },
  },
  {
    title: 'HEAD /swagger.json is 200',
    request: call('HEAD', '/swagger.json'),
    expected: { status: 200, body: '' },
  },
  ...['/nothing', '/score/', '/score/more', '/swagger', '/Score', '/swagger.json/'].map((path) => ({
    title: `${path} does not exist`,
    request: call('GET', path),
    expected: { ...notFound, headers: { ...unscored, ...bare } },
  })),
  { title: 'POST to an unknown path is 404', request: { ...post('{}'), path: '/x' }, expected: notFound },
  ...['PUT', 'PATCH', 'DELETE'].flatMap((method) =>
    ['/', '/score', '/swagger.json'].map((path) => ({
      title: `${method} ${path} is refused before ids are given`,
      request: call(method, path),
      expected: { ...wrongMethod, headers: { ...unscored, ...bare, Allow: null } },
    })),
  ),
  ...['/', '/swagger.json'].map((path) => ({
    title: `POST ${path} is refused`,
    request: { ...post('{}'), path },
    expected: { ...wrongMethod, headers: { ...unscored, ...bare } },
  })),
]

type Sent = Record<string, string>

/** The table of ids: what is sent, and what comes back under the three names; `new` is a GUID. */
const idTable: [sent: Sent, request: string | RegExp, microsoft: string | RegExp, client: string | null][] = [
  [{}, guid, guid, null],
  [{ 'x-request-id': 'A' }, 'A', 'A', null],
  [{ 'x-ms-request-id': 'B' }, guid, 'B', 'B'],
  [{ 'x-ms-client-request-id': 'C' }, guid, 'C', 'C'],
  [{ 'x-request-id': 'A', 'x-ms-request-id': 'B' }, 'A', 'B', 'B'],
  [{ 'x-ms-request-id': 'B', 'x-ms-client-request-id': 'C' }, guid, 'B', 'C'],
  [{ 'x-request-id': 'A', 'x-ms-client-request-id': 'C' }, 'A', 'C', 'C'],
  [{ 'x-request-id': 'A', 'x-ms-request-id': 'B', 'x-ms-client-request-id': 'C' }, 'A', 'B', 'C'],
  [{ 'x-request-id': long }, long, long, null],
  [{ 'x-ms-request-id': long }, guid, long, long],
  [{ 'x-ms-client-request-id': long }, guid, long, long],
  [{ 'X-REQUEST-ID': 'Case' }, 'Case', 'Case', null],
]

const resources: [name: string, request: CaseRequest][] = [
  ['POST /score', post('1')],
  ['GET /score', get()],
  ['GET /', call('GET', '/')],
  ['GET /swagger.json', call('GET', '/swagger.json')],
]

const ids: ScoringCase[] = resources.flatMap(([name, request]): ScoringCase[] => [
  ...idTable.map(([sent, requestId, microsoft, client]) => ({
    title: `${name} with ${describe(sent)} gives ids back`,
    request: withHeaders(request, sent),
    expected: {
      status: 200,
      headers: { 'x-request-id': requestId, 'x-ms-request-id': microsoft, 'x-ms-client-request-id': client },
    },
  })),
  {
    title: `${name} with an empty x-request-id gives none back`,
    request: withHeaders(request, { 'x-request-id': '' }),
    expected: { status: 200, headers: noIds },
  },
  {
    title: `${name} with an x-request-id of 101 characters is 431`,
    request: withHeaders(request, { 'x-request-id': tooLong }),
    expected: {
      ...refuses(431, 'x-request-id must not exceed 100 characters'),
      headers: { ...unscored, ...noIds },
    },
  },
  ...['x-ms-request-id', 'x-ms-client-request-id'].map((header) => ({
    title: `${name} with a ${header} of 101 characters is 431`,
    request: withHeaders(request, { 'x-request-id': 'A', [header]: tooLong }),
    expected: {
      ...refuses(431, 'x-ms-request-id and x-ms-client-request-id must not exceed 100 characters'),
      headers: { ...unscored, ...noIds, 'x-request-id': 'A' },
    },
  })),
  {
    title: `${name} gives the TraceId back and names the server`,
    request: withHeaders(request, { TraceId: 'trace-1' }),
    expected: { status: 200, headers: { TraceId: 'trace-1', 'x-ms-server-version': /^[\w.]+(\/[\w.]+)?$/ } },
  },
])

const carried: ScoringCase[] = [
  {
    title: 'a reply has its length and no chunks',
    request: post('"x"'),
    expected: {
      ...returns(JSON.stringify('"x"')),
      headers: { ...scored, 'Content-Length': '7', 'Transfer-Encoding': null },
    },
  },
]

export const routes: ScoringSuite = { name: 'routes and ids', script, cases: [...paths, ...ids, ...carried] }

export const versionHidden: ScoringSuite = {
  name: 'SERVER_VERSION_LOG_RESPONSE_ENABLED=no',
  script,
  env: { SERVER_VERSION_LOG_RESPONSE_ENABLED: 'no' },
  cases: resources.map(([name, request]) => ({
    title: `${name} does not name the server`,
    request,
    expected: { status: 200, headers: { 'x-ms-server-version': null, 'x-request-id': guid } },
  })),
}

export const versionShown: ScoringSuite = {
  name: 'SERVER_VERSION_LOG_RESPONSE_ENABLED=TRUE',
  script,
  env: { SERVER_VERSION_LOG_RESPONSE_ENABLED: 'TRUE' },
  cases: resources.map(([name, request]) => ({
    title: `${name} names the server`,
    request,
    expected: { status: 200, headers: { 'x-ms-server-version': /./ } },
  })),
}

function withHeaders(request: CaseRequest, sent: Sent): CaseRequest {
  return { ...request, headers: [...(request.headers ?? []), ...Object.entries(sent)] }
}

function describe(sent: Sent): string {
  const names = Object.entries(sent).map(([name, value]) => `${name}: ${value.slice(0, 5)}`)
  return names.join(', ') || 'no id'
}
