/** What the doctor says of gateways. */
import { expect, test } from 'vitest'
import { checkGateways } from './check-gateways.ts'

const apart = { gateway: 'first', connections: 2, versions: [] }

test('a server without any gateway is told how to get one', () => {
  const [check, ...others] = checkGateways({ local: undefined, counts: () => [] })
  expect(check).toMatchObject({
    status: 'warning',
    hint: expect.stringContaining('--role gateway') as string,
  })
  expect(others).toEqual([])
})

test('each gateway that reports is named', () => {
  expect(checkGateways({ local: undefined, counts: () => [apart] })).toEqual([
    { name: 'gateway first', status: 'ok', message: 'reports, and has 2 connections of clients' },
  ])
})
