/** What becomes of the lines that replicas print. */
import { beforeEach, expect, test, vi } from 'vitest'
import { createServiceLog, type PrintedLine, type ServiceLog } from './service-log.ts'
import type { LogEntry } from './store/logs/log-store.ts'

const place = { workspace: 'team', name: 'diabetes' }

let kept: [string, ...LogEntry[]][]
let errors: unknown[]
let isFull: boolean
let log: ServiceLog
let nowMs: number

beforeEach(() => {
  kept = []
  errors = []
  isFull = false
  nowMs = 0
  log = createServiceLog({
    logs: {
      append: async (key, entries) => {
        if (isFull) throw new Error('no space left')
        kept.push([key, ...entries])
      },
    },
    now: () => new Date(0),
    limit: { linesPerSecond: 10, burst: 20, now: () => nowMs },
    onError: (error) => errors.push(error),
  })
})

function aLine(change: Partial<PrintedLine> = {}): PrintedLine {
  return { replica: 'r-1', stream: 'stdout', text: 'hello', ...change }
}

test('a replica has one name, whoever tells its line', () => {
  log.write(place, aLine())
  log.write(place, aLine({ replica: 'r-1#2', requestId: 'q' }))
  const line = { time: '1970-01-01T00:00:00.000Z', source: 'r-1', stream: 'stdout', text: 'hello' }
  expect(kept).toEqual([
    ['services/team/diabetes', line],
    ['services/team/diabetes', { ...line, requestId: 'q' }],
  ])
})

test('lines that cannot be kept are reported once, and again after some could be', async () => {
  isFull = true
  for (let count = 0; count < 3; count++) log.write(place, aLine())
  await vi.waitUntil(() => errors.length > 0)
  expect(errors).toEqual([new Error('no space left')])
  isFull = false
  log.write(place, aLine())
  await vi.waitUntil(() => kept.length > 0)
  isFull = true
  log.write(place, aLine())
  await vi.waitUntil(() => errors.length > 1)
  expect(errors).toHaveLength(2)
})

test('a replica that writes too much is told off in its log, and the others are not held back', () => {
  const write = (count: number, replica = 'r-1') => {
    for (let line = 0; line < count; line++) log.write(place, aLine({ replica }))
  }
  const written = () => kept.splice(0).map(([, entry]) => [entry?.stream, entry?.text])
  const hello = ['stdout', 'hello']
  write(20)
  expect(written()).toEqual(Array.from({ length: 20 }, () => hello))
  write(5)
  expect(written()).toEqual([
    [
      'system',
      'this replica writes more than 10 lines a second; what it writes is dropped until it writes less',
    ],
  ])
  write(1, 'r-2')
  expect(written()).toEqual([hello])
  nowMs = 999
  write(1)
  expect(written()).toEqual([])
  nowMs = 1_000
  write(1)
  expect(written()).toEqual([['system', '6 lines of this replica were dropped'], hello])
})

test('what is printed at once is kept whole, and counts for as many lines as it has, or fills', () => {
  log.write(place, aLine({ text: 'a line\n'.repeat(40) }))
  log.write(place, aLine({ replica: 'r-2', text: 'x'.repeat(40 * 1_024) }))
  expect(kept.splice(0)).toHaveLength(2)
  nowMs = 2_000
  log.write(place, aLine())
  log.write(place, aLine({ replica: 'r-2' }))
  expect(kept.map(([, entry]) => entry?.stream)).toEqual(['system', 'system'])
})
