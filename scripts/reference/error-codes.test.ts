/** The table of errors and the source agree: no code is made up, none is left over. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '@slipway/contract'

const root = path.resolve(import.meta.dirname, '../..')

/** Where codes stand as tables, not as errors that are raised. */
const tables = [
  'packages/contract/src/errors.ts',
  'packages/contract/src/openapi.ts',
  'packages/cli/src/exit-codes.ts',
]

const sources = globSync('packages/*/src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && !/conformance/.test(file) && !tables.includes(file))
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))

test('every code that an error is made with is in the table', () => {
  const made = sources.flatMap(({ text }) =>
    [...text.matchAll(/new ApiError\(\s*'([^']+)'/g)].map(([, code]) => code),
  )
  expect(made.length).toBeGreaterThan(50)
  expect(made.filter((code) => !Object.hasOwn(errorCodes, code ?? ''))).toEqual([])
})

test.each(Object.keys(errorCodes))('%s is an error that something raises', (code) => {
  // A route that lists a code does not raise it.
  const raises = sources.filter(
    ({ file, text }) => !file.startsWith('packages/contract/') || /new ApiError/.test(text),
  )
  const users = raises.filter(({ text }) => text.includes(`'${code}'`)).map(({ file }) => file)
  expect(users, `${code} is in the table and nowhere raised`).not.toEqual([])
})

test.each(Object.entries(errorCodes))(
  '%s says in whole sentences what it is and what to do',
  (_, { title, help }) => {
    expect(title).toMatch(/^[A-Z].*\.$/)
    expect(help).toMatch(/^[A-Z].*\.$/)
  },
)
