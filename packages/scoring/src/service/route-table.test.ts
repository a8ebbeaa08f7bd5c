/** Which service and resource a path leads to. */
import { expect, test } from 'vitest'
import { RouteTable } from './route-table.ts'

const table = new RouteTable<string>()
table.set('/api/v1/service/a', 'A')
table.set('/only/', 'O')

test.each([
  { url: '/api/v1/service/a/score', found: 'A score ' },
  { url: '/api/v1/service/a/score?x=/y', found: 'A score x=/y' },
  { url: '/api/v1/service/a/swagger.json?version=3', found: 'A swagger version=3' },
  { url: '/api/v1/service/a/', found: 'A health ' },
  { url: '/api/v1/service/a', found: 'A health ' },
  { url: '/only/score', found: 'O score ' },
])('$url is found', ({ url, found }) => {
  const match = table.match(url)
  expect(match.kind === 'found' && `${match.service} ${match.resource} ${match.query}`).toBe(found)
})

test.each([
  { url: '/api/v1/service/b/score', kind: 'unknown-service' },
  { url: '/api/v1/service/a/score/', kind: 'unknown-path' },
  { url: '/api/v1/service/a/other', kind: 'unknown-path' },
  { url: '/api/v1/service/a/score/more', kind: 'unknown-path' },
  { url: '*', kind: 'unknown-service' },
])('$url is an $kind', ({ url, kind }) => {
  expect(table.match(url).kind).toBe(kind)
})

test('below a service at the root every path is one of its own', () => {
  const root = new RouteTable<string>()
  root.set('', 'R')
  expect(root.match('/score')).toMatchObject({ kind: 'found', service: 'R', resource: 'score' })
  expect(root.match('/a/b/c')).toEqual({ kind: 'unknown-path' })
})

test('a path of slashes costs no more than any other', () => {
  const slashes = '/'.repeat(100_000)
  expect(table.match(`${slashes}x`).kind).toBe('unknown-service')
  expect(table.match(`/api/v1/service/a${slashes}x`).kind).toBe('unknown-path')
})
