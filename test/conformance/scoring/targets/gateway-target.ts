/** The gateway before one worker, as services of a Slipway server have it. */
import path from 'node:path'
import { createGateway, type ServiceRoute } from '@slipway/scoring'
import { PythonWorker } from '../../../../packages/scoring/src/score-server/python-worker.ts'
import type { ScoringSuite } from '../scoring-case.ts'
import { projectDir } from '../../../support/stage.ts'
import { type OpenTarget, type ScoringTarget, writeApplication } from './target.ts'

const prefix = '/api/v1/service/demo'
const workerMain = path.join(projectDir, 'python', 'worker', 'main.py')

export const gatewayTarget: ScoringTarget = {
  name: 'the gateway',
  profile: 'gateway',
  skips: ({ env = {} }) =>
    'SERVER_VERSION_LOG_RESPONSE_ENABLED' in env ? 'a gateway always names itself' : undefined,
  open,
}

async function open(suite: ScoringSuite, folder: string): Promise<OpenTarget> {
  await writeApplication(suite, folder)
  const gateway = createGateway({
    onLog: () => undefined,
    kill: (pid, signal) => void process.kill(pid, signal),
  })
  const worker = new KeptWorker(suite, folder)
  await worker.ready
  await gateway.setRoute(routeOf(suite, worker.socketPath), AbortSignal.timeout(20_000))
  const { port } = await gateway.listen({ port: 0, host: '127.0.0.1' })
  return {
    port,
    prefix,
    close: async () => {
      await gateway.close()
      await worker.close()
    },
  }
}

/** A worker that is started again when its script has ended it. */
class KeptWorker {
  readonly socketPath: string
  readonly ready: Promise<void>
  readonly #suite: ScoringSuite
  readonly #folder: string
  readonly #start = Promise.withResolvers<void>()
  readonly #gone = Promise.withResolvers<void>()
  #worker: PythonWorker
  #isClosing = false

  constructor(suite: ScoringSuite, folder: string) {
    this.#suite = suite
    this.#folder = folder
    this.socketPath = path.join(folder, 'w.sock')
    this.ready = this.#start.promise
    this.#worker = this.#run()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#worker.stop()
    await this.#gone.promise
  }

  #run(): PythonWorker {
    const { PATH = '', HOME = '' } = process.env
    const env = {
      PATH,
      HOME,
      ...this.#suite.env,
      AML_APP_ROOT: this.#folder,
      AZUREML_ENTRY_SCRIPT: 'score.py',
    }
    const command = {
      python: 'python3',
      workerMain,
      socketPath: this.socketPath,
      workingFolder: this.#folder,
      env,
    }
    return new PythonWorker(command, {
      onStep: () => undefined,
      onPrint: () => undefined,
      onReady: () => this.#start.resolve(),
      onEnd: ({ how, failure }) => {
        this.#start.reject(new Error(failure ?? how))
        if (this.#isClosing) this.#gone.resolve()
        else this.#worker = this.#run()
      },
    })
  }
}

function routeOf({ env = {} }: ScoringSuite, socketPath: string): ServiceRoute {
  const version: ServiceRoute['versions'][number] = {
    name: 'v1',
    isDefault: true,
    trafficPercent: 100,
    shadowPercent: 0,
    scoringTimeoutMs: Number(env['SCORING_TIMEOUT_MS'] ?? 60_000),
    maxConcurrentPerReplica: 1,
    maxQueueWaitMs: 20_000,
    maxQueueLength: 100,
    maxColdStartMs: 0,
    replicas: [{ id: 'only', socketPath }],
  }
  const cors = (env['AML_CORS_ORIGINS'] ?? '').split(',').map((origin) => origin.trim())
  return {
    prefix,
    service: 'demo',
    auth: { kind: 'none' },
    cors: cors.filter((origin) => origin !== ''),
    versions: [version],
  }
}
