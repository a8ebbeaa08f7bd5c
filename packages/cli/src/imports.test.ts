/** Tests that the files of the command line stand in layers: types and what is loaded later count too. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

test('no file takes anything from one that takes something from it', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts'))
  const imports = new Map(files.map((file) => [file, importsOf(file)]))
  expect(files.length).toBeGreaterThan(30)
  expect(files.filter((file) => reachable(file, imports).has(file))).toEqual([])
})

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(import.meta.dirname, file), 'utf8')
  const targets = [...text.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(([, target = '']) => target)
  return targets.map((target) => path.posix.join(path.posix.dirname(file), target))
}

function reachable(file: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>()
  const left = [...(imports.get(file) ?? [])]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    left.push(...(imports.get(next) ?? []))
  }
  return seen
}
