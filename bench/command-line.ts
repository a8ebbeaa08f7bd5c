/** How long a person waits for the command line to answer. */
import path from 'node:path'
import { runProgram } from '../scripts/quickstart/run-program.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { timesMs } from './timing.ts'

export async function commandLine({ projectDir }: Bench): Promise<Figure[]> {
  const command = path.join(projectDir, 'bin', 'slipway')
  await runProgram({ command, args: ['--help'] })
  const runs = await timesMs(15, () => runProgram({ command, args: ['--help'] }))
  return [{ what: 'slipway --help', unit: 'ms', runs, bar: 150 }]
}
