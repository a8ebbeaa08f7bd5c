/** The two forms of a line. */
import { expect, test } from 'vitest'
import { ScoreLog } from './score-log.ts'

function aLog(format: 'text' | 'json') {
  const written = { stdout: [] as string[], stderr: [] as string[] }
  const log = new ScoreLog({
    format,
    pid: 7,
    stdout: { write: (text) => written.stdout.push(text) },
    stderr: { write: (text) => written.stderr.push(text) },
    now: () => new Date('2026-01-02T03:04:05.006Z'),
  })
  return { log, written }
}

test('text has the format of Azure’s server, the banner before it', () => {
  const { log, written } = aLog('text')
  log.say('banner')
  log.record({ level: 'I', logger: 'azmlinfsrv.print', text: 'hello', pid: 8, requestId: 'a' })
  log.record({ level: 'W', logger: 'azmlinfsrv', text: 'two\nlines' })
  expect(written.stdout).toEqual([
    'banner\n2026-01-02 03:04:05,006 I [8] azmlinfsrv.print - hello\n',
    '2026-01-02 03:04:05,006 W [7] azmlinfsrv - two\nlines\n',
  ])
})

test('lines that may wait leave in one write, before the next that may not', () => {
  const { log, written } = aLog('json')
  for (const text of ['a', 'b']) log.recordSoon({ level: 'I', logger: 'azmlinfsrv', text })
  expect(written.stdout).toEqual([])
  log.record({ level: 'I', logger: 'azmlinfsrv', text: 'c' })
  expect(written.stdout).toHaveLength(1)
  expect(written.stdout[0]?.match(/"text":"."/g)).toEqual(['"text":"a"', '"text":"b"', '"text":"c"'])
})

test('text passes what goes to stderr on as it is', () => {
  const { log, written } = aLog('text')
  log.error({ level: 'E', logger: 'azmlinfsrv', text: 'trace' })
  expect(written.stderr).toEqual(['trace\n'])
})

test('JSON has the id of the request, and no banner', () => {
  const { log, written } = aLog('json')
  log.say('banner')
  log.error({ level: 'E', logger: 'azmlinfsrv', text: 'trace', requestId: 'a' })
  log.flush()
  expect(written.stderr).toEqual([])
  expect(written.stdout.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      time: '2026-01-02T03:04:05.006Z',
      level: 'E',
      pid: 7,
      logger: 'azmlinfsrv',
      requestId: 'a',
      text: 'trace',
    },
  ])
})
