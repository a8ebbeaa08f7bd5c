/** Slipway itself, in its two forms, and node:http without it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startServer } from '../../../scripts/quickstart/server-process.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { buildImage, createJob, deploy } from '../../job.ts'
import type { Contender, Started } from './contender.ts'
import { benchPython, projectDir } from './environment.ts'
import { pythonSeries } from './packages.ts'
import { startServerProgram } from './server-process.ts'

const entryScript = path.join(import.meta.dirname, '../apps/score.py')

/** The gateway of `slipway serve` with a deployed service that asks for a key; started again on what was deployed once. */
export function gateway(folder: string): Contender {
  const dataDir = path.join(folder, 'gateway', 'data')
  let deployed: { key: string; path: string } | undefined
  return {
    name: 'gateway',
    title: 'Slipway, gateway with keys',
    isPeer: false,
    async start() {
      deployed ??= await deployService(dataDir)
      return await startGateway(dataDir, deployed)
    },
  }
}

async function deployService(dataDir: string): Promise<{ key: string; path: string }> {
  await mkdir(dataDir, { recursive: true })
  const server = await startServer(projectDir, dataDir)
  try {
    const job = createJob(server, path.dirname(dataDir))
    const script = await readFile(entryScript, 'utf8')
    const condaFile = `dependencies:\n  - python=${pythonSeries}\n`
    await buildImage(job, { name: 'doubler', script, condaFile })
    // 32 clients of a run of 20 ms wait longer than the default allows.
    const settings = { maxRequestWaitTimeMs: 10_000 }
    await deploy(job, { name: 'doubler', image: 'doubler', settings })
    const params = { workspace: 'default', name: 'doubler' }
    const { primaryKey } = await job.client.services.keys({ params })
    const { status } = await job.client.services.get({ params })
    return { key: primaryKey, path: new URL(status.scoringUri).pathname }
  } finally {
    await server.stop()
  }
}

async function startGateway(dataDir: string, service: { key: string; path: string }): Promise<Started> {
  const port = await freePort()
  const managementPort = await freePort()
  const ports = ['--port', String(managementPort), '--scoring-port', String(port)]
  return await startServerProgram({
    command: [path.join(projectDir, 'bin', 'slipway'), 'serve', '--data', dataDir, ...ports],
    cwd: path.dirname(dataDir),
    env: { SLIPWAY_HOME: path.join(dataDir, 'home') },
    scoringUrl: `http://127.0.0.1:${port}${service.path}`,
    headers: { Authorization: `Bearer ${service.key}` },
  })
}

/** `slipway score-server`: the same without control plane and keys. */
export function scoreServer(folder: string): Contender {
  return {
    name: 'score-server',
    title: 'Slipway, score-server',
    isPeer: false,
    async start() {
      const cwd = path.join(folder, 'score-server')
      await rm(cwd, { recursive: true, force: true })
      await mkdir(cwd, { recursive: true })
      await writeFile(path.join(cwd, 'score.py'), await readFile(entryScript))
      const port = await freePort()
      const slipway = path.join(projectDir, 'bin', 'slipway')
      const flags = ['--entry-script', 'score.py', '--port', String(port), '--python', await benchPython()]
      return await startServerProgram({
        command: [slipway, 'score-server', ...flags],
        cwd,
        scoringUrl: `http://127.0.0.1:${port}/score`,
      })
    },
  }
}

/** The yardstick of what Node can do. */
export function bareNode(folder: string): Contender {
  return {
    name: 'node',
    title: 'bare node:http',
    isPeer: false,
    async start() {
      const cwd = path.join(folder, 'node')
      await mkdir(cwd, { recursive: true })
      const port = await freePort()
      return await startServerProgram({
        command: [process.execPath, path.join(import.meta.dirname, 'bare-node.ts'), String(port)],
        cwd,
        scoringUrl: `http://127.0.0.1:${port}/score`,
      })
    },
  }
}
