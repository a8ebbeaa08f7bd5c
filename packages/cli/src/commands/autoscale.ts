/** `slipway autoscale`: what the autoscaler would do. */
import { simulateTrace } from '../autoscale/simulate.ts'
import { policyHelp } from '../autoscale/policy.ts'
import { numberIn } from '../flags/numbers.ts'
import type { Define } from '../noun.ts'

export const defineAutoscale: Define = (command, act) => {
  command
    .command('simulate')
    .description(
      'Run the autoscaler over a trace of requests: replicas, waits and refusals. Needs no server.',
    )
    .option('--trace <file>', 'Recorded trace: CSV or JSON lines with time_seconds and run_seconds.')
    .option(
      '--rate <phases>',
      'Trace to be made: SECONDS:REQUESTS_PER_SECOND:RUN_SECONDS, several of them with commas between.',
    )
    .option('--policy <settings>', `Settings of the autoscaler (default: ${policyHelp}).`)
    .option('--start-seconds <number>', 'Time a replica takes to start (default: 1).', numberIn({ min: 0 }))
    .option(
      '--initial-replicas <number>',
      'Replicas at the beginning; the least of the policy unless given.',
      numberIn({ min: 0, isWhole: true }),
    )
    .option(
      '--concurrent <number>',
      'Requests admitted to a replica, which works on one (default: 1).',
      numberIn({ min: 1, isWhole: true }),
    )
    .option(
      '--max-wait-seconds <number>',
      'Longest that a request waits for a free replica (default: 0.5).',
      numberIn({ min: 0 }),
    )
    .option(
      '--max-cold-start-seconds <number>',
      'Longest that it waits while there is none (default: 300).',
      numberIn({ min: 0 }),
    )
    .option(
      '--max-queue-length <number>',
      'Requests that may wait (default: 1000).',
      numberIn({ min: 0, isWhole: true }),
    )
    .action(act(simulateTrace))
}
