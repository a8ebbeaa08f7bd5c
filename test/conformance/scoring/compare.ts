/** Says in words how a reply differs from the one that was expected. */
import { isDeepStrictEqual } from 'node:util'
import type { Reply } from './request.ts'
import type { Expected } from './scoring-case.ts'

/** Empty when the reply is as expected. */
export function differences(reply: Reply | undefined, expected: Expected): string[] {
  if (reply === undefined || expected.status === undefined)
    return reply?.status === expected.status ? [] : [`status ${reply?.status} instead of ${expected.status}`]
  const status =
    reply.status === expected.status ? [] : [`status ${reply.status} instead of ${expected.status}`]
  const cut =
    reply.isCut === (expected.isCut ?? false) ? [] : [`the reply is ${reply.isCut ? 'cut' : 'whole'}`]
  return [...status, ...cut, ...bodyDifferences(reply, expected), ...headerDifferences(reply, expected)]
}

function bodyDifferences(reply: Reply, { body, json, message }: Expected): string[] {
  const text = reply.body.toString('utf8')
  const wanted = message === undefined ? body : `{"message": ${asPython(message)}}`
  const isSame = wanted instanceof RegExp ? wanted.test(text) : wanted === undefined || wanted === text
  const found = isSame ? [] : [`body ${JSON.stringify(text)} instead of ${String(wanted)}`]
  if (json === undefined || isDeepStrictEqual(parsed(text), json)) return found
  return [...found, `body ${text} instead of JSON ${JSON.stringify(json)}`]
}

/** Text as Python's json writes it. */
function asPython(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function headerDifferences(reply: Reply, { headers = {} }: Expected): string[] {
  return Object.entries(headers).flatMap(([name, wanted]) => {
    const found = reply.headers
      .filter(([each]) => each.toLowerCase() === name.toLowerCase())
      .map(([, value]) => value)
    return isWanted(found, wanted)
      ? []
      : [`${name}: ${found.join(' | ') || 'absent'} instead of ${String(wanted)}`]
  })
}

function isWanted(found: readonly string[], wanted: string | RegExp | null | readonly string[]): boolean {
  if (wanted === null) return found.length === 0
  if (wanted instanceof RegExp) return found.length === 1 && wanted.test(found[0] ?? '')
  return isDeepStrictEqual(found, typeof wanted === 'string' ? [wanted] : [...wanted])
}
