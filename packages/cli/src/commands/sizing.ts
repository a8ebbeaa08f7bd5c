/** `slipway sizing`: how many replicas a steady load needs, before there is anything to measure. */
import { sizing, type ExpectedLoad } from '@slipway/contract'
import type { Action } from '../action.ts'
import { numberIn } from '../flags/numbers.ts'
import type { Define } from '../noun.ts'
import { formatCount } from '../output/amounts.ts'

export const defineSizing: Define = (command, act) => {
  command
    .requiredOption('--rps <number>', 'Requests per second.', numberIn({ min: 0 }))
    .requiredOption(
      '--request-time <seconds>',
      'Time one request takes in run(), in seconds.',
      numberIn({ min: 0 }),
    )
    .option(
      '--utilization <number>',
      'Part of the replicas that is to be busy, above 0 and at most 1 (default: 0.7).',
      numberIn({ above: 0, max: 1 }),
    )
    .option(
      '--concurrent <number>',
      'Requests that one replica really works on at a time (default: 1, as with Python scripts).',
      numberIn({ min: 1 }),
    )
    .action(act(showSizing))
}

async function showSizing(action: Action): Promise<void> {
  const { rps, requestTime, utilization, concurrent } = action.options as Record<string, number | undefined>
  const load: ExpectedLoad = {
    // Commander has seen to it that these two are there.
    requestsPerSecond: rps ?? 0,
    requestSeconds: requestTime ?? 0,
    targetUtilization: utilization ?? 0.7,
    maxConcurrentPerReplica: concurrent ?? 1,
  }
  const replicas = sizing(load)
  action.show(
    { replicas, ...load },
    { kind: 'lines', lines: [`${formatCount(replicas, 'replica')}: ${formulaOf(load)}`] },
  )
}

function formulaOf(load: ExpectedLoad): string {
  const { requestsPerSecond, requestSeconds, targetUtilization, maxConcurrentPerReplica } = load
  const exact = (requestsPerSecond * requestSeconds) / targetUtilization / maxConcurrentPerReplica
  const perReplica = maxConcurrentPerReplica === 1 ? '' : ` ÷ ${maxConcurrentPerReplica} at a time`
  const terms = `${requestsPerSecond} requests/s × ${requestSeconds} s ÷ ${targetUtilization} utilization${perReplica}`
  return `${terms} = ${Number(exact.toFixed(1))}, rounded up`
}
