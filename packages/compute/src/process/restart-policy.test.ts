/** When a worker that ended by itself is started again. */
import { expect, test } from 'vitest'
import { decideRestart, freshRestartState, type RestartState } from './restart-policy.ts'

/** The delays before each start after ends that were ready for so long; `give-up` ends the list. */
function delaysAfter(readyForMs: readonly (number | undefined)[]): (number | 'give-up')[] {
  let state: RestartState = freshRestartState
  const delays: (number | 'give-up')[] = []
  for (const ms of readyForMs) {
    const decision = decideRestart(state, ms)
    if (decision.kind === 'give-up') return [...delays, 'give-up']
    delays.push(decision.delayMs)
    state = decision.state
  }
  return delays
}

test.each([
  { name: 'a first start that fails is final', ends: [undefined], delays: ['give-up'] },
  { name: 'a first crash is followed by a start at once', ends: [5], delays: [0] },
  {
    name: 'the delay doubles from 10 ms to 5 s while starts work',
    ends: Array.from({ length: 12 }, () => 1),
    delays: [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000],
  },
  {
    name: 'staying ready for a minute starts over',
    ends: [1, 1, 1, 60_000, 1],
    delays: [0, 10, 20, 0, 10],
  },
  { name: 'a little less does not', ends: [1, 1, 59_999], delays: [0, 10, 20] },
  {
    name: 'after a crash, starts that fail are tried for ever, at least every minute',
    ends: [1, ...Array.from({ length: 16 }, () => undefined)],
    delays: [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 60000, 60000, 60000],
  },
  {
    name: 'a start that worked keeps the next pause short',
    ends: [1, ...Array.from({ length: 12 }, () => undefined), 1],
    delays: [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 5000],
  },
])('$name', ({ ends, delays }) => {
  expect(delaysAfter(ends)).toEqual(delays)
})

test('thousands of failed starts later it still tries', () => {
  const delays = delaysAfter([1, ...Array.from({ length: 5000 }, () => undefined)])
  expect(delays.at(-1)).toBe(60_000)
})
