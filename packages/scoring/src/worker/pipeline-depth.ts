/** How many calls are put into a worker's socket, the running one included. */

const maxDepth = 16
const aheadUs = 1_000
const slowUs = 5_000

/**
 * About a millisecond of work waits in the worker's reach: that hides the hand-over between short runs, which costs
 * more than the runs themselves, and leaves long ones to the queue, where another replica can take them.
 */
export function pipelineDepth(averageRunUs: number | undefined): number {
  if (averageRunUs === undefined || averageRunUs >= slowUs) return 1
  return Math.min(maxDepth, 1 + Math.ceil(aheadUs / Math.max(1, averageRunUs)))
}
