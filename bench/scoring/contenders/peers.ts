/** The peers, each with one worker, as its own documentation starts it for production. */
import { cp } from 'node:fs/promises'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort } from '../../../test/support/free-port.ts'
import { runProgram } from '../../../scripts/quickstart/run-program.ts'
import { bodyOf, type Contender, numbers, type Work } from './contender.ts'
import { environmentOf } from './environment.ts'
import { startServerProgram } from './server-process.ts'

export const peerNames = ['azureml', 'fastapi', 'flask', 'mlserver', 'bentoml', 'litserve', 'mlflow'] as const
export type PeerName = (typeof peerNames)[number]

interface Place {
  bin: string
  folder: string
  port: number
}

interface Peer {
  title: string
  path?: string
  command(place: Place): readonly string[]
  env?: Readonly<Record<string, string>>
  prepare?(place: Place): Promise<void>
  body?(work: Work): string
}

const peers: Record<PeerName, Peer> = {
  azureml: {
    title: 'azureml-inference-server',
    command: ({ bin, port }) => [
      path.join(bin, 'azmlinfsrv'),
      '--entry_script',
      'score.py',
      '--port',
      String(port),
    ],
  },
  fastapi: {
    title: 'FastAPI + uvicorn',
    command: ({ bin, port }) => [
      path.join(bin, 'uvicorn'),
      'fastapi_app:app',
      '--port',
      String(port),
      '--no-access-log',
    ],
  },
  flask: {
    title: 'Flask + gunicorn',
    command: ({ bin, port }) => [
      path.join(bin, 'gunicorn'),
      '--bind',
      `127.0.0.1:${port}`,
      '--workers',
      '1',
      'flask_app:app',
    ],
  },
  mlserver: {
    title: 'MLServer',
    command: ({ bin }) => [path.join(bin, 'mlserver'), 'start', '.'],
    // In the process of the front: the default of one parallel worker adds a hop.
    prepare: async ({ folder, port }) => {
      const settings = { host: '127.0.0.1', http_port: port, parallel_workers: 0, debug: false }
      const ports = { grpc_port: await freePort(), metrics_port: await freePort() }
      await writeFile(path.join(folder, 'settings.json'), JSON.stringify({ ...settings, ...ports }))
      const model = { name: 'doubler', implementation: 'mlserver_app.Doubler' }
      await writeFile(path.join(folder, 'model-settings.json'), JSON.stringify(model))
    },
  },
  bentoml: {
    title: 'BentoML',
    command: ({ bin, port }) => [
      path.join(bin, 'bentoml'),
      'serve',
      'bentoml_app:Doubler',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    env: { BENTOML_DO_NOT_TRACK: 'True' },
  },
  litserve: {
    title: 'LitServe',
    command: ({ bin, port }) => [path.join(bin, 'python'), 'litserve_app.py', String(port)],
  },
  mlflow: {
    title: 'MLflow',
    path: '/invocations',
    command: ({ bin, port }) => [
      path.join(bin, 'mlflow'),
      'models',
      'serve',
      '--model-uri',
      'model',
      '--env-manager',
      'local',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--workers',
      '1',
    ],
    prepare: async ({ bin, folder }) => {
      const args = [path.join(folder, 'mlflow_model.py'), path.join(folder, 'model')]
      await runProgram({ command: path.join(bin, 'python'), args })
    },
    body: (work) => (work.kind === 'numbers' ? JSON.stringify({ inputs: numbers }) : bodyOf(work)),
  },
}

/** `folder` is where its files are put. */
export function peer(name: PeerName, folder: string): Contender {
  const { title, command, prepare, path: route = '/score', env = {}, body } = peers[name]
  return {
    name,
    title,
    isPeer: true,
    async start() {
      const bin = await environmentOf(name)
      const place = { bin, folder: path.join(folder, name), port: await freePort() }
      await rm(place.folder, { recursive: true, force: true })
      await mkdir(place.folder, { recursive: true })
      await cp(path.join(import.meta.dirname, '../apps'), place.folder, { recursive: true })
      await prepare?.(place)
      return await startServerProgram({
        command: command(place),
        cwd: place.folder,
        env: { PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`, PYTHONPATH: place.folder, ...env },
        scoringUrl: `http://127.0.0.1:${place.port}${route}`,
        ...(body && { body }),
      })
    },
  }
}
