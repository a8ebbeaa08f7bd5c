/** What each step from a file to a ready service takes once the environment is there. */
import path from 'node:path'
import { startServer } from '../scripts/quickstart/server-process.ts'
import type { Bench } from './bench.ts'
import type { Figure } from './figure.ts'
import { buildImage, createJob, deploy, registerRandomModel, remove, type Job } from './job.ts'
import { timesMs } from './timing.ts'

const runs = 7
const megabyte = 2 ** 20
const condaFile = 'dependencies:\n  - numpy\n  - scikit-learn\n'

export async function mainJob({ folder, projectDir }: Bench): Promise<Figure[]> {
  const server = await startServer(projectDir, path.join(folder, 'data'))
  try {
    const job = createJob(server, folder)
    const register = await timesMs(runs, (run) =>
      registerRandomModel(job, { name: `m${run}`, sizeBytes: megabyte }),
    )
    await buildImage(job, { name: 'warm-up', script: script('warm-up'), condaFile })
    return [
      { what: 'register a model of 1 MB', unit: 'ms', runs: register, bar: 300 },
      { what: 'image, warm environment, new model', unit: 'ms', runs: await imageTimes(job), bar: 1000 },
      { what: 'image after an edit of score.py', unit: 'ms', runs: await editTimes(job), bar: 500 },
      { what: 'deploy a script without imports', unit: 'ms', runs: await deployTimes(job), bar: 1000 },
    ]
  } finally {
    await server.stop()
  }
}

function script(comment: string): string {
  return `# ${comment}\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n`
}

async function imageTimes(job: Job): Promise<number[]> {
  return timesMs(runs, (run) =>
    buildImage(job, { name: `image${run}`, script: script(`image ${run}`), condaFile, models: [`m${run}`] }),
  )
}

async function editTimes(job: Job): Promise<number[]> {
  return timesMs(runs, (run) =>
    buildImage(job, { name: 'edited', script: script(`edit ${run}`), condaFile, models: ['m0'] }),
  )
}

async function deployTimes(job: Job): Promise<number[]> {
  const times: number[] = []
  for (let run = 0; run < runs; run += 1) {
    times.push(...(await timesMs(1, () => deploy(job, { name: `service${run}`, image: 'edited' }))))
    await remove(job, `service${run}`)
  }
  return times
}
