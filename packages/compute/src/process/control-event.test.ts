/** What counts as an event of the worker, and what is noise on its descriptor. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseControlEvent } from './control-event.ts'

test.each([
  {
    line: '{"event":"starting","pid":7,"python":"3.11.7"}',
    event: { event: 'starting', pid: 7, python: '3.11.7' },
  },
  { line: '{"event":"importing"}', event: { event: 'importing' } },
  { line: '{"event":"init"}', event: { event: 'init' } },
  {
    line: '{"event":"ready","initMs":3,"importMs":4}',
    event: { event: 'ready', initMs: 3, importMs: 4 },
  },
  {
    line: '{"event":"failed","phase":"import","type":"KeyError","message":"x","traceback":"t"}',
    event: { event: 'failed', phase: 'import', message: 'KeyError: x', traceback: 't' },
  },
  {
    line: '{"event":"failed","phase":"signature","type":"","message":"no run"}',
    event: { event: 'failed', phase: 'signature', message: 'no run', traceback: '' },
  },
  {
    line: '{"event":"log","stream":"stderr","text":"a"}',
    event: { event: 'log', stream: 'stderr', text: 'a' },
  },
])('$line is an event', ({ line, event }) => {
  expect(parseControlEvent(line)).toEqual(event)
})

test.each([
  '',
  'printed by a script',
  'null',
  '7',
  '[]',
  '{}',
  '{"event":"toString"}',
  '{"event":7}',
  '{"eve',
])('%j is noise', (line) => {
  expect(parseControlEvent(line)).toBeUndefined()
})

test('no line makes it throw', () => {
  const line = fc.oneof(fc.string(), fc.json())
  fc.assert(
    fc.property(line, (text) => {
      expect(() => parseControlEvent(text)).not.toThrow()
    }),
  )
})
