/** What becomes of the lines that replicas print. */
import { beforeEach, expect, test, vi } from 'vitest'
import { createServiceLog, type PrintedLine, type ServiceLog } from './service-log.ts'
import type { LogEntry } from './store/logs/log-store.ts'

const place = { workspace: 'team', name: 'diabetes' }

let kept: [string, ...LogEntry[]][]
let errors: unknown[]
let isFull: boolean
let log: ServiceLog

beforeEach(() => {
  kept = []
  errors = []
  isFull = false
  log = createServiceLog({
    logs: {
      append: async (key, entries) => {
        if (isFull) throw new Error('no space left')
        kept.push([key, ...entries])
      },
    },
    now: () => new Date(0),
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
