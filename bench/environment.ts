/** What Slipway adds to a cold installation by uv alone; each run starts with empty caches. */
import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { runProgram } from '../scripts/quickstart/run-program.ts'
import { startServer } from '../scripts/quickstart/server-process.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { buildImage, createJob } from './job.ts'
import { timeMs } from './timing.ts'

const runs = 3
const condaFile = 'dependencies:\n  - numpy\n  - scikit-learn\n'
const script = 'def init():\n    pass\n\n\ndef run(data):\n    return data\n'

export async function environment(bench: Bench): Promise<Figure[]> {
  const alone: number[] = []
  const ours: number[] = []
  for (let run = 0; run < runs; run += 1) {
    alone.push((await uvAlone(bench)) / 1000)
    ours.push((await slipway(bench)) / 1000)
  }
  const added = ours.map((seconds, run) => seconds - (alone[run] ?? 0))
  return [
    { what: 'uv pip install numpy scikit-learn, cold', unit: 's', runs: alone },
    { what: 'image with that environment, cold', unit: 's', runs: ours },
    { what: 'what Slipway adds', unit: 's', runs: added, bar: 3 },
  ]
}

async function uvAlone({ folder, projectDir }: Bench): Promise<number> {
  const place = await mkdtemp(path.join(folder, 'uv-'))
  const bin = path.join(projectDir, '.cache', 'tools', 'python', 'bin')
  const env = { ...process.env, UV_CACHE_DIR: path.join(place, 'cache') }
  const target = path.join(place, 'site')
  const args = [
    'pip',
    'install',
    '--python',
    path.join(bin, 'python'),
    '--target',
    target,
    'numpy',
    'scikit-learn',
  ]
  return timeMs(() => runProgram({ command: path.join(bin, 'uv'), args, env }))
}

async function slipway({ folder, projectDir }: Bench): Promise<number> {
  const place = await mkdtemp(path.join(folder, 'slipway-'))
  const server = await startServer(projectDir, path.join(place, 'data'))
  try {
    const job = createJob(server, place)
    return await timeMs(() => buildImage(job, { name: 'cold', script, condaFile }))
  } finally {
    await server.stop()
  }
}
