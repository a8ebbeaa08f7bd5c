/** Links of the documentation lead somewhere. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { anchorOf } from './markdown.ts'

const root = path.resolve(import.meta.dirname, '../..')
const documents = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root })

test('there are documents to look at', () => {
  expect(documents).toContain('README.md')
})

test.each(documents)('every link in %s leads to a file, and to a heading where it names one', (document) => {
  const broken = linksOf(document).filter((link) => !leadsSomewhere(document, link))
  expect(broken).toEqual([])
})

function linksOf(document: string): string[] {
  const found = textOf(document).matchAll(/\]\(([^)\s]+)\)/g)
  return [...found].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target))
}

function leadsSomewhere(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? document : path.join(path.dirname(document), file)
  if (!existsSync(path.join(root, target))) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

function anchorsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** Code is not looked at: what stands in it is no link and no heading. */
function textOf(document: string): string {
  return readFileSync(path.join(root, document), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
}
