/** The depth of a worker's pipeline by the time its runs take. */
import { expect, test } from 'vitest'
import { pipelineDepth } from './pipeline-depth.ts'

test.each([
  { averageRunUs: undefined, depth: 1 },
  { averageRunUs: 0, depth: 16 },
  { averageRunUs: 10, depth: 16 },
  { averageRunUs: 100, depth: 11 },
  { averageRunUs: 1_000, depth: 2 },
  { averageRunUs: 4_999, depth: 2 },
  { averageRunUs: 5_000, depth: 1 },
])('runs of $averageRunUs µs give a depth of $depth', ({ averageRunUs, depth }) => {
  expect(pipelineDepth(averageRunUs)).toBe(depth)
})
