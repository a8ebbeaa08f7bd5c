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
    name: 'the delay doubles from 10 ms to 5 s',
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
    name: 'after a crash, the third failed start in a row is final',
    ends: [1, undefined, undefined, undefined],
    delays: [0, 10, 20, 'give-up'],
  },
  {
    name: 'a start that worked forgives the failed ones',
    ends: [1, undefined, undefined, 1, undefined, undefined],
    delays: [0, 10, 20, 40, 80, 160],
  },
])('$name', ({ ends, delays }) => {
  expect(delaysAfter(ends)).toEqual(delays)
})
