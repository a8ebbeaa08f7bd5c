/** What is kept of what scripts print while nobody takes it. */
import { expect, test } from 'vitest'
import { LineBuffer } from './line-buffer.ts'

const mib = 2 ** 20

function aLine(text: string) {
  return {
    prefix: '/api/v1/service/demo',
    replica: 'r-1#0',
    time: '2026-01-01T00:00:00.000Z',
    stream: 'stdout',
    text,
  } as const
}

function texts(buffer: LineBuffer): string[] {
  return buffer.batch().lines.map(({ text }) => text)
}

test('a batch stays the same until it is confirmed, whatever comes meanwhile', () => {
  const buffer = new LineBuffer()
  buffer.add(aLine('one'))
  expect(texts(buffer)).toEqual(['one'])
  buffer.add(aLine('two'))
  expect(texts(buffer)).toEqual(['one'])
  buffer.confirm()
  expect(texts(buffer)).toEqual(['two'])
  buffer.confirm()
  expect(buffer.isEmpty).toBe(true)
})

test('a batch has a size, and one line at least', () => {
  const buffer = new LineBuffer()
  const sizes = [0.4, 0.4, 0.4, 3, 0.1]
  for (const size of sizes) buffer.add(aLine('x'.repeat(size * mib)))
  const batches: number[] = []
  while (!buffer.isEmpty) {
    batches.push(buffer.batch().lines.length)
    buffer.confirm()
  }
  expect(batches).toEqual([2, 1, 1, 1])
})

test('what finds no room is dropped and counted once, and room comes back', () => {
  const buffer = new LineBuffer()
  for (let count = 0; count < 10; count++) buffer.add(aLine('x'.repeat(mib)))
  expect(buffer.batch().dropped).toBe(2)
  buffer.add(aLine('lost as well'))
  buffer.confirm()
  expect(buffer.batch().dropped).toBe(1)
  buffer.add(aLine('kept'))
  while (buffer.batch().lines.length > 0) {
    if (texts(buffer).includes('kept')) return
    buffer.confirm()
  }
  expect.unreachable('the line that came when there was room is gone')
})
