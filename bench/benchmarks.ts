/** What is measured; each benchmark has a file of its own. */
import type { Bench } from './bench.ts'
import { commandLine } from './command-line.ts'
import type { Figure } from './figure.ts'
import { environment } from './environment.ts'
import { lists } from './lists.ts'
import { mainJob } from './main-job.ts'
import { serverStart } from './server-start.ts'

export interface Benchmark {
  name: string
  measure(bench: Bench): Promise<Figure[]>
}

export const benchmarks: readonly Benchmark[] = [
  { name: 'command-line', measure: commandLine },
  { name: 'server-start', measure: serverStart },
  { name: 'main-job', measure: mainJob },
  { name: 'environment', measure: environment },
  { name: 'lists', measure: lists },
]
