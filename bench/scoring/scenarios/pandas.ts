/** What `@input_schema` with pandas takes: by the original package, and by what Slipway brings along. */
import path from 'node:path'
import { runProgram } from '../../../scripts/quickstart/run-program.ts'
import { environmentOf, projectDir } from '../contenders/environment.ts'
import { rest } from '../load/idle.ts'
import type { Measurements } from '../measurements.ts'
import type { Options } from '../options.ts'

const shims = path.join(projectDir, 'python', 'worker', 'shims')
const program = path.join(import.meta.dirname, '../apps/pandas_input.py')

/** In microseconds per call, under the names `azureml` and `gateway`. */
export async function measurePandas({ rounds, restMs }: Options, { figures }: Measurements): Promise<void> {
  const python = path.join(await environmentOf('pandas'), 'python')
  for (let round = 1; round <= rounds; round += 1) {
    process.stderr.write(`round ${round} of ${rounds}: pandas input\n`)
    for (const contender of ['gateway', 'azureml']) {
      await rest(restMs)
      const isOurs = contender === 'gateway'
      // What PYTHONPATH names comes before the installed original.
      const env = { ...process.env, PYTHONPATH: isOurs ? shims : '' }
      const output = await runProgram({ command: python, args: [program], env })
      const [microseconds = '', file = ''] = output.trim().split(' ')
      if (file.startsWith(shims) !== isOurs) throw new Error(`another package was measured: ${file}`)
      figures.push({ contender, figure: 'pandas input us', round, value: Number(microseconds) })
    }
  }
}
