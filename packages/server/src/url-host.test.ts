/** Addresses that a port listens on, as they stand in URLs. */
import { expect, test } from 'vitest'
import { urlHost } from './url-host.ts'

test.each([
  { host: '127.0.0.1', shown: '127.0.0.1' },
  { host: 'models.example.org', shown: 'models.example.org' },
  { host: '::1', shown: '[::1]' },
  { host: '2001:db8::7', shown: '[2001:db8::7]' },
  { host: '0.0.0.0', shown: '127.0.0.1' },
  { host: '::', shown: '[::1]' },
])('$host is shown as $shown', ({ host, shown }) => {
  expect(urlHost(host)).toBe(shown)
  expect(URL.canParse(`http://${urlHost(host)}:8800`)).toBe(true)
})
