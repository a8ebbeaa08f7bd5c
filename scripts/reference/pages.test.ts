/** Reference pages: complete, the same each time, and compared with what is there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { api, ApiError, errorCodes, toProblem, type ErrorCode, type Route } from '@slipway/contract'
import { configKeys, flagOf, variableOf } from '../../packages/server/src/config.ts'
import { nouns } from '../../packages/cli/src/catalogue.ts'
import { anchorOf } from './markdown.ts'
import { differingPages, makePages, writePages } from './pages.ts'

const pages = await makePages()

function linesOf(name: string): string[] {
  return (pages[name] ?? '').split('\n')
}

const routes = Object.entries(api).flatMap(([noun, verbs]) =>
  Object.entries(verbs as Record<string, Route>).map(([verb, route]) => ({ id: `${noun}.${verb}`, route })),
)

test.each(routes)('the page of the API describes $id', ({ id, route }) => {
  const lines = linesOf('api.md')
  const at = lines.indexOf(`### ${id}`)
  expect(at).toBeGreaterThan(0)
  expect(lines[at + 2]).toBe(`\`${route.method} ${route.path}\``)
})

test.each(Object.keys(errorCodes) as ErrorCode[])(
  'a problem of code %s points at its own heading',
  (code) => {
    const { type } = toProblem(new ApiError(code, 'detail'))
    const [page = '', anchor] = type.replace('/docs/reference/', '').split('#')
    const anchors = linesOf(`${page}.md`).flatMap((line) =>
      line.startsWith('## ') ? anchorOf(line.slice(3)) : [],
    )
    expect(anchors).toContain(anchor)
  },
)

test.each(configKeys)('the page of settings has flag and variable of %s', (key) => {
  const row = linesOf('config.md').find((line) => line.startsWith(`| \`${flagOf(key)}\` `))
  expect(row).toContain(`\`${variableOf(key)}\``)
})

test.each(nouns.map(({ name }) => name))('the page of the command line describes %s', (name) => {
  expect(linesOf('cli.md')).toContain(`## ${name}`)
})

test('pages name no folder of the machine that made them', () => {
  const text = Object.values(pages).join('\n')
  expect(text).not.toContain(path.resolve(import.meta.dirname, '../..'))
})

describe('comparing with a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-reference-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('pages just written do not differ, however often they are made', async () => {
    await writePages(folder, pages)
    expect(await differingPages(folder, await makePages())).toEqual([])
  })

  test('pages that were changed, are missing or should not be there are named', async () => {
    await writePages(folder, pages)
    await writeFile(path.join(folder, 'errors.md'), 'changed')
    await rm(path.join(folder, 'cli.md'))
    await writeFile(path.join(folder, 'old.md'), 'left over')
    expect(await differingPages(folder, pages)).toEqual(['cli.md', 'errors.md', 'old.md'])
  })
})
