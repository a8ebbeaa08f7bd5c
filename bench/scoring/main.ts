/** Measures scoring side by side with its peers, on this machine, now: `npm run bench:scoring`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describeMachine } from '../machine.ts'
import type { Contender } from './contenders/contender.ts'
import { projectDir } from './contenders/environment.ts'
import { bareNode, gateway, scoreServer } from './contenders/ours.ts'
import { peer } from './contenders/peers.ts'
import { requireWrk } from './load/wrk.ts'
import type { Measurements } from './measurements.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { describeScoring, writeBetweenMarkers } from './report.ts'
import { playRounds } from './rounds.ts'
import { measurePandas } from './scenarios/pandas.ts'
import { measureScales } from './scenarios/scale.ts'

const page = path.join(projectDir, 'docs', 'guide', 'performance.md')
const ofServers = ['throughput', 'burn', 'large', 'health', 'idle-connections'] as const

async function main(options: Options): Promise<void> {
  requireWrk()
  const surroundings = describeMachine()
  const measurements: Measurements = { loads: [], figures: [], missing: [] }
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'))
  try {
    const contenders = takingPart(folder, options)
    await measure(contenders, options, measurements)
    const { rounds, seconds } = options
    const text = describeScoring({ measurements, contenders, surroundings, rounds, seconds })
    process.stdout.write(`${text}\n`)
    if (options.json !== undefined)
      await writeFile(options.json, JSON.stringify({ surroundings, ...measurements }))
    if (options.write) await writeBetweenMarkers(page, text)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function takingPart(folder: string, { peers }: Options): Contender[] {
  const ours = [gateway(folder), scoreServer(folder), bareNode(folder)]
  return [...ours, ...peers.map((name) => peer(name, folder))]
}

async function measure(
  contenders: readonly Contender[],
  options: Options,
  measurements: Measurements,
): Promise<void> {
  const { scenarios } = options
  if (ofServers.some((name) => scenarios.includes(name))) await playRounds(contenders, options, measurements)
  if (scenarios.includes('scale')) await measureScales(options, measurements)
  if (scenarios.includes('pandas')) await measurePandas(options, measurements)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) process.stdout.write(`${usage}\n`)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
