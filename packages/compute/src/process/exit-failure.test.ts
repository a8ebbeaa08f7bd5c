/** Why a worker ended, in words. */
import { expect, test } from 'vitest'
import { explainEnd, type WorkerEnd } from './exit-failure.ts'

function anEnd(change: Partial<WorkerEnd> = {}): WorkerEnd {
  return { step: 'ready', oomKills: 0, timedOut: false, tail: [], initTimeoutMs: 500, ...change }
}

const failed = { event: 'failed', message: 'KeyError: x', traceback: 'Traceback' } as const

test.each([
  { name: 'a crash', end: { signal: 'SIGSEGV' }, reason: 'Crashed', says: 'SIGSEGV' },
  { name: 'an exit while ready', end: { exitCode: 0 }, reason: 'Crashed', says: 'exit code 0' },
  { name: 'an exit in init', end: { step: 'init', exitCode: 1 }, reason: 'ExitedInInit', says: 'in init()' },
  {
    name: 'an exit in import',
    end: { step: 'import', exitCode: 1 },
    reason: 'ExitedInInit',
    says: 'imported',
  },
  { name: 'an exit before', end: { step: 'spawn', exitCode: 127 }, reason: 'StartFailed', says: '127' },
  {
    name: 'no process',
    end: { step: 'spawn', startError: 'no space' },
    reason: 'StartFailed',
    says: 'no space',
  },
  {
    name: 'an exception in init',
    end: { step: 'init', exitCode: 3, failed: { ...failed, phase: 'init' } },
    reason: 'InitFailed',
    says: 'KeyError: x',
  },
  {
    name: 'an exception in import',
    end: { step: 'import', exitCode: 3, failed: { ...failed, phase: 'import' } },
    reason: 'ImportFailed',
    says: 'KeyError: x',
  },
  {
    name: 'a hang in init',
    end: { step: 'init', timedOut: true, signal: 'SIGABRT' },
    reason: 'InitTimeout',
    says: 'within 0.5 s',
  },
  {
    name: 'a kill for memory',
    end: { signal: 'SIGKILL', oomKills: 1, memoryBytes: 2 ** 29 },
    reason: 'OutOfMemory',
    says: '0.5 GiB',
  },
  {
    name: 'a crash after a child was killed for memory',
    end: { signal: 'SIGSEGV', oomKills: 1 },
    reason: 'Crashed',
    says: 'SIGSEGV',
  },
] satisfies { name: string; end: Partial<WorkerEnd>; reason: string; says: string }[])(
  '$name is $reason',
  ({ end, reason, says }) => {
    expect(explainEnd(anEnd(end))).toMatchObject({ reason, message: expect.stringContaining(says) as string })
  },
)

test('the traceback of the script is preferred to what its process printed', () => {
  const tail = ['printed', 'lines']
  expect(explainEnd(anEnd({ tail })).traceback).toBe('printed\nlines')
  expect(explainEnd(anEnd({ tail, failed: { ...failed, phase: 'init' } })).traceback).toBe('Traceback')
  expect(explainEnd(anEnd())).not.toHaveProperty('traceback')
})
