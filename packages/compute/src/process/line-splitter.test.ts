/** Lines come out whole, however the bytes came in. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

test.each([
  { name: 'one line', chunks: ['a\n'], lines: ['a'] },
  { name: 'a last line without an end', chunks: ['a\nb'], lines: ['a', 'b'] },
  { name: 'an empty line', chunks: ['a\n\nb\n'], lines: ['a', '', 'b'] },
  { name: 'a carriage return at the end', chunks: ['a\r\n'], lines: ['a'] },
  { name: 'nothing', chunks: [], lines: [] },
])('$name', ({ chunks, lines }) => {
  expect(linesOf(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(lines)
})

test('where the bytes are cut makes no difference, inside a character either', () => {
  const text = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((line) => line.replaceAll(/[\r\n]/g, '')),
  )
  fc.assert(
    fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const chunks: Buffer[] = []
      for (let start = 0; start < bytes.length; start += chunks.at(-1)?.length ?? 1) {
        chunks.push(bytes.subarray(start, start + Number(sizes.next().value)))
      }
      expect(linesOf(chunks)).toEqual(lines)
    }),
  )
})

test('a line without end does not fill the memory: it is cut', () => {
  const lines = linesOf([Buffer.alloc(100_000, 'x'), Buffer.alloc(100_000, 'x'), Buffer.from('\nafter\n')])
  expect(lines.slice(0, -1).every((line) => line.length <= 65_536)).toBe(true)
  expect(lines.slice(0, -1).join('')).toHaveLength(200_000)
  expect(lines.at(-1)).toBe('after')
})
