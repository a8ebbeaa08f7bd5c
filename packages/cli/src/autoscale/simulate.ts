/** Running the autoscaler over a trace, recorded or made. */
import {
  arrivalsOf,
  parseTrace,
  simulate,
  type Arrival,
  type RatePhase,
  type Simulation,
} from '@slipway/contract'
import type { Action } from '../action.ts'
import { usageError } from '../failure.ts'
import { readGivenText } from '../file-argument.ts'
import { brokenRule, readNumber } from '../flags/numbers.ts'
import { formatCount } from '../output/amounts.ts'
import type { View } from '../output/result.ts'
import { readPolicy } from './policy.ts'

export async function simulateTrace(action: Action): Promise<void> {
  const { options } = action
  const { policy, refreshSeconds } = readPolicy((options['policy'] as string | undefined) ?? '')
  const trace = await readTrace(action)
  const simulation = simulate(trace, policy, {
    startSeconds: 1,
    refreshSeconds,
    ...given(options, 'startSeconds'),
    ...given(options, 'initialReplicas'),
    ...given(options, 'maxConcurrentPerReplica', 'concurrent'),
    ...given(options, 'maxWaitSeconds'),
    ...given(options, 'maxColdStartSeconds'),
    ...given(options, 'maxQueueLength'),
  })
  action.show(simulation, viewOf(simulation))
}

/** The option where it was given: the simulation has its own defaults. */
function given<Name extends string>(
  options: Action['options'],
  name: Name,
  flag: string = name,
): Partial<Record<Name, number>> {
  const value = options[flag] as number | undefined
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, number>>)
}

/** Errors: usage, unless exactly one of --trace and --rate is there; `invalid` for what is no trace. */
async function readTrace(action: Action): Promise<Arrival[]> {
  const { trace, rate } = action.options as Record<string, string | undefined>
  if (rate !== undefined && trace === undefined) return arrivalsOf(rate.split(',').map(readPhase))
  if (trace === undefined || rate !== undefined) {
    throw usageError(
      'one of --trace and --rate must be given',
      'Give a recorded trace, or phases of a made one.',
    )
  }
  return parseTrace(await readGivenText(action, { flag: '--trace', value: `@${trace}` }))
}

/** `60:5:0.2`: for 60 seconds, 5 requests per second that take 0.2 seconds each. */
function readPhase(text: string): RatePhase {
  const [seconds = NaN, requestsPerSecond = NaN, runSeconds = NaN, ...more] = text.split(':').map(readNumber)
  const rule =
    brokenRule(seconds, { above: 0 }) ??
    brokenRule(requestsPerSecond, { min: 0 }) ??
    brokenRule(runSeconds, { min: 0 })
  if (rule !== undefined || more.length > 0) {
    throw usageError(`--rate: a phase looks like SECONDS:REQUESTS_PER_SECOND:RUN_SECONDS, got ${text}`)
  }
  return { seconds, requestsPerSecond, runSeconds }
}

function viewOf(simulation: Simulation): View {
  const { requests, served, refused, waitSeconds, mostReplicas, replicaSeconds, utilization } = simulation
  const { p50, p95, p99, max } = waitSeconds
  const decisions = simulation.decisions.map(({ timeSeconds, replicas, reason }): [string, string] => [
    `at ${seconds(timeSeconds)}`,
    `${formatCount(replicas, 'replica')}: ${reason}`,
  ])
  const pairs: [string, string][] = [
    ['requests', String(requests)],
    ['served', String(served)],
    [
      'refused',
      `${refused.queueFull} as the queue was full, ${refused.waitedTooLong} after waiting too long`,
    ],
    ['waits', `p50 ${seconds(p50)}, p95 ${seconds(p95)}, p99 ${seconds(p99)}, most ${seconds(max)}`],
    ['replicas', `at most ${mostReplicas}, ${Math.round(replicaSeconds)} replica-seconds`],
    ['utilization', `${Math.round(utilization * 100)} %`],
    ...decisions,
  ]
  return { kind: 'details', pairs }
}

function seconds(value: number): string {
  return `${Number(value.toFixed(2))} s`
}
