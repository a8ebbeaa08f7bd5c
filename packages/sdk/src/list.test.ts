/** Tests reading lists page by page. */
import { expect, test } from 'vitest'
import { listAll } from './list.ts'

test('every page is read in order, and none that is not asked for', async () => {
  const pages = new Map([
    [undefined, { items: [1, 2], next: 'b' }],
    ['b', { items: [], next: 'c' }],
    ['c', { items: [3] }],
  ])
  const read: (string | undefined)[] = []
  const items: number[] = []
  const all = listAll(async (cursor) => {
    read.push(cursor)
    return pages.get(cursor) ?? { items: [] }
  })
  const readBefore = new Map<number, number>()
  for await (const item of all) {
    items.push(item)
    readBefore.set(item, read.length)
  }
  expect(readBefore.get(2)).toBe(1)
  expect(items).toEqual([1, 2, 3])
  expect(read).toEqual([undefined, 'b', 'c'])
})
