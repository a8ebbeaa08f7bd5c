/** CORS: the headers that let pages of other origins call. */
import { call, get, notFound, post, refuses, scored, unscored } from '../requests.ts'
import type { ScoringCase, ScoringSuite } from '../scoring-case.ts'

const script = `
def init():
    pass

def run(data):
    return 1 / int(data) if data.isdigit() else 0
`

const from = (origin: string) => [['Origin', origin]] as const
const allowed = 'https://good.example'
const allows = { 'Access-Control-Allow-Origin': allowed, Vary: 'Origin' }
const allowsNot = { 'Access-Control-Allow-Origin': null }

const preflight = [
  ['Access-Control-Request-Method', 'POST'],
  ['Access-Control-Request-Headers', 'content-type, x-one'],
] as const

export const corsList: ScoringSuite = {
  name: 'AML_CORS_ORIGINS of two origins',
  script,
  env: { AML_CORS_ORIGINS: ` ${allowed} ,https://also.example` },
  cases: [
    {
      title: 'an allowed origin is echoed',
      request: post('1', from(allowed)),
      expected: { status: 200, body: '1.0', headers: { ...scored, ...allows } },
    },
    {
      title: 'so is the other one',
      request: post('1', from('https://also.example')),
      expected: { status: 200, headers: { 'Access-Control-Allow-Origin': 'https://also.example' } },
    },
    {
      title: 'another origin gets the same reply without the header',
      request: post('1', from('https://evil.example')),
      expected: { status: 200, body: '1.0', headers: allowsNot },
    },
    {
      title: 'an origin that only begins alike is another one',
      request: post('1', from(`${allowed}.evil.example`)),
      expected: { status: 200, headers: allowsNot },
    },
    {
      title: 'a request without an origin gets the first of the list',
      request: post('1'),
      expected: { status: 200, headers: { 'Access-Control-Allow-Origin': 'https://also.example' } },
      slipway: { why: 'nobody reads it where no origin asks', expected: { headers: allowsNot } },
    },
    {
      title: 'errors of the script have it',
      request: post('0', from(allowed)),
      expected: { status: 500, headers: { ...unscored, ...allows, 'x-ms-run-function-failed': 'True' } },
    },
    {
      title: 'refusals have it',
      request: post('1', [...from(allowed), ['x-request-id', 'A'.repeat(101)]]),
      expected: {
        ...refuses(431, 'x-request-id must not exceed 100 characters'),
        headers: { ...unscored, ...allows },
      },
    },
    ...['/', '/swagger.json', '/score'].map((path): ScoringCase => ({
      title: `GET ${path} has it`,
      request: call('GET', path, from(allowed)),
      expected: { status: 200, headers: allows },
    })),
    {
      title: 'what does not exist has it not',
      request: call('GET', '/nothing', from(allowed)),
      expected: { ...notFound, headers: allowsNot },
    },
    {
      title: 'a wrong method has it not',
      request: call('PUT', '/score', from(allowed)),
      expected: { status: 405, headers: allowsNot },
    },
    {
      title: 'a preflight is answered with methods and the headers that were asked for',
      request: call('OPTIONS', '/score', [...from(allowed), ...preflight]),
      expected: {
        status: 200,
        body: '',
        headers: {
          ...allows,
          'Access-Control-Allow-Methods': 'GET, POST',
          'Access-Control-Allow-Headers': 'content-type, x-one',
          'Access-Control-Allow-Credentials': null,
        },
      },
    },
    {
      title: 'a preflight of another origin gets none of it',
      request: call('OPTIONS', '/score', [...from('https://evil.example'), ...preflight]),
      expected: { status: 200, headers: { ...allowsNot, 'Access-Control-Allow-Methods': null } },
    },
    {
      title: 'OPTIONS without a preflight has the origin alone',
      request: call('OPTIONS', '/score', from(allowed)),
      expected: { status: 200, headers: { ...allows, 'Access-Control-Allow-Methods': null } },
    },
  ],
}

export const corsAll: ScoringSuite = {
  name: 'AML_CORS_ORIGINS=*',
  script,
  env: { AML_CORS_ORIGINS: '*' },
  cases: [
    {
      title: 'every origin is echoed',
      request: get('', from('https://any.example')),
      expected: { status: 200, headers: { 'Access-Control-Allow-Origin': 'https://any.example' } },
    },
    {
      title: 'a request without an origin gets the star',
      request: post('1'),
      expected: { status: 200, headers: { 'Access-Control-Allow-Origin': '*' } },
    },
    {
      title: 'a preflight is answered',
      request: call('OPTIONS', '/score', [...from('https://any.example'), ...preflight]),
      expected: {
        status: 200,
        headers: {
          'Access-Control-Allow-Origin': 'https://any.example',
          'Access-Control-Allow-Methods': 'GET, POST',
          'Access-Control-Allow-Headers': 'content-type, x-one',
        },
      },
    },
  ],
}

export const corsOff: ScoringSuite = {
  name: 'no AML_CORS_ORIGINS',
  script,
  cases: [
    {
      title: 'no origin is echoed',
      request: post('1', from(allowed)),
      expected: { status: 200, headers: allowsNot },
    },
    {
      title: 'a preflight is 200 without a header',
      request: call('OPTIONS', '/score', [...from(allowed), ...preflight]),
      expected: { status: 200, body: '', headers: { ...allowsNot, 'Access-Control-Allow-Methods': null } },
    },
  ],
}
