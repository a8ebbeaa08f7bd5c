/** Plays the rounds: in each, every contender is started, checked, measured and stopped, one after the other. */
import type { Contender, Started } from './contenders/contender.ts'
import { rest } from './load/idle.ts'
import { treeMemoryMb } from './load/process-tree.ts'
import { loads, measureLoad } from './loads.ts'
import type { Measurements } from './measurements.ts'
import type { Options } from './options.ts'
import { healthWhileBusyMs, idleConnectionsMb } from './probes.ts'

/** Those between which the bars compare more than the plain loads. */
const closely = new Set(['gateway', 'azureml'])
const idleConnections = 1_000

/** A peer that does not start is left out of the rounds to come, and named. Errors: one of ours does not start. */
export async function playRounds(
  contenders: readonly Contender[],
  options: Options,
  measurements: Measurements,
): Promise<void> {
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contender of contenders) {
      if (measurements.missing.some((one) => one.contender === contender.name)) continue
      process.stderr.write(`round ${round} of ${options.rounds}: ${contender.title}\n`)
      await playContender({ contender, round, options, measurements })
    }
  }
}

interface Turn {
  contender: Contender
  round: number
  options: Options
  measurements: Measurements
}

async function playContender(turn: Turn): Promise<void> {
  const { contender, measurements } = turn
  await rest(turn.options.restMs)
  const server = await contender.start().catch((error: unknown) => {
    if (!contender.isPeer) throw error
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${contender.title} takes no part: ${reason}\n`)
    measurements.missing.push({ contender: contender.name, reason })
  })
  if (server === undefined) return
  try {
    await measureServer(server, turn)
  } finally {
    await server.stop()
  }
}

async function measureServer(server: Started, turn: Turn): Promise<void> {
  const { contender, options } = turn
  const { name } = contender
  note(turn, 'first reply ms', server.firstReplyMs)
  note(turn, 'memory MB', await treeMemoryMb(server.pid))
  // Before any load: memory that was freed after one would hide what connections take.
  if (name === 'gateway' && options.scenarios.includes('idle-connections'))
    note(turn, 'idle connections MB', await idleConnectionsMb(server, idleConnections))
  await measureLoads(server, turn)
  if (closely.has(name) && options.scenarios.includes('health'))
    note(turn, 'health while busy ms', await healthWhileBusyMs(server))
}

async function measureLoads(server: Started, turn: Turn): Promise<void> {
  const { contender, round, options, measurements } = turn
  for (const load of loads) {
    const isAsked = options.scenarios.includes(load.scenario)
    if (!isAsked || (load.scenario !== 'throughput' && !closely.has(contender.name))) continue
    const results = await measureLoad(server, load, options)
    measurements.loads.push({ contender: contender.name, load: load.name, round, ...results })
  }
}

function note({ contender, round, measurements }: Turn, figure: string, value: number): void {
  measurements.figures.push({ contender: contender.name, figure, round, value })
}
