/** Tests tables and details, for people and for programs. */
import { describe, expect, test } from 'vitest'
import { formatBytes } from './amounts.ts'
import { renderDetails, renderTable } from './table.ts'

const table = {
  columns: ['name', 'size'],
  rows: [
    ['a', '10 B'],
    ['long', '2'],
  ],
}
const terminal = { isTerminal: true, columns: 80 }
const pipe = { isTerminal: false, columns: 80 }

describe('a table', () => {
  test('is aligned under its titles on a terminal', () => {
    expect(renderTable(table, terminal)).toBe('NAME  SIZE\na     10 B\nlong  2\n')
  })

  test('is tab-separated without titles where a program reads', () => {
    expect(renderTable(table, pipe)).toBe('a\t10 B\nlong\t2\n')
  })

  test('is cut at the width of the terminal', () => {
    expect(renderTable(table, { isTerminal: true, columns: 7 })).toBe('NAME  …\na     …\nlong  2\n')
  })

  test('keeps a row on one line whatever is in it', () => {
    expect(renderTable({ columns: ['a', 'b'], rows: [['x\ny', 'p\tq']] }, pipe)).toBe('x y\tp q\n')
  })

  test('says so when there is nothing, to people only', () => {
    expect(renderTable({ columns: ['a'], rows: [] }, terminal)).toBe('none\n')
    expect(renderTable({ columns: ['a'], rows: [] }, pipe)).toBe('')
  })
})

test('details leave out what has no value', () => {
  const pairs = [
    ['name', 'x'],
    ['error', undefined],
    ['description', 'y'],
  ] as const
  expect(renderDetails(pairs, terminal)).toBe('name         x\ndescription  y\n')
  expect(renderDetails(pairs, pipe)).toBe('name\tx\ndescription\ty\n')
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [150 * 1024, '150 KiB'],
  [5 * 2 ** 30, '5.0 GiB'],
])('%i bytes are %s', (count, text) => {
  expect(formatBytes(count)).toBe(text)
})
