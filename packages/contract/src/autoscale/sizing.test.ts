/** The sizing formula, and that binary fractions do not add a replica. */
import { expect, test } from 'vitest'
import { sizing } from './sizing.ts'

test.each([
  { rps: 20, seconds: 10, utilization: 0.7, concurrent: 1, replicas: 286 },
  { rps: 2.1, seconds: 1, utilization: 0.7, concurrent: 1, replicas: 3 },
  { rps: 0.3, seconds: 10, utilization: 0.3, concurrent: 1, replicas: 10 },
  { rps: 700, seconds: 0.001, utilization: 0.7, concurrent: 1, replicas: 1 },
  { rps: 701, seconds: 0.001, utilization: 0.7, concurrent: 1, replicas: 2 },
  { rps: 20, seconds: 10, utilization: 0.7, concurrent: 4, replicas: 72 },
  { rps: 0, seconds: 10, utilization: 0.7, concurrent: 1, replicas: 0 },
])('$rps/s of $seconds s at $utilization take $replicas', ({ rps, seconds, utilization, ...rest }) => {
  const load = { requestsPerSecond: rps, requestSeconds: seconds, targetUtilization: utilization }
  expect(sizing({ ...load, maxConcurrentPerReplica: rest.concurrent })).toBe(rest.replicas)
})
