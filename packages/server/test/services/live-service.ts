/** One service for real: process driver, gateway, autoscaler and controller, over the memory store. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createProcessDriver, type ReplicaDriver } from '@slipway/compute'
import { EnvironmentSpec, NewService, NewVersion, type VersionStatus } from '@slipway/contract'
import { createGateway, tryReplica } from '@slipway/scoring'
import type * as z from 'zod'
import { createController } from '../../src/reconcile/controller.ts'
import { openTargets } from '../../src/reconcile/operation-records.ts'
import { issueServiceToken, revokeTokens, type Access } from '../../src/services/access.ts'
import { useKeys } from '../../src/services/apply-route.ts'
import { createAutoscaler, type Autoscaler } from '../../src/services/autoscaler.ts'
import { createVersion } from '../../src/services/change-version.ts'
import { deploy } from '../../src/services/deploy.ts'
import { serviceOf } from '../../src/services/earlier-service.ts'
import { keepDecision } from '../../src/services/keep-decision.ts'
import { reconcileService } from '../../src/services/reconcile.ts'
import { createSampleChecks } from '../../src/services/sample-checks.ts'
import { serviceKey, versionStatus } from '../../src/services/service-document.ts'
import type { ServiceReconciler } from '../../src/services/service-tools.ts'
import { placeOfWorkload } from '../../src/services/workload.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { key, noLogs, place, prefix } from './service-stage.ts'

const workerMain = path.resolve(import.meta.dirname, '../../../../python/worker/main.py')

/** The interpreter itself: a shim on the path would need the home of its user. */
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim()

const deadlineMs = 30_000
const abilities = { gpu: false, tls: false }
const kill = (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal)

export interface LiveOptions {
  scaleDownDelayMs: number
}

export class LiveService {
  readonly store = createMemoryStore()
  /** What the scripts printed. */
  readonly lines: string[] = []
  readonly #folder: string
  readonly #driver: ReplicaDriver
  readonly #errors: unknown[] = []
  readonly #gateway = createGateway({
    onLog: ({ text }) => void this.lines.push(text),
    kill,
    onWaiting: (call) => this.#autoscaler.wake(call.prefix, call.version),
  })
  readonly #autoscaler: Autoscaler
  readonly #samples = createSampleChecks({
    tryReplica: (_key, request, signal) =>
      tryReplica({ ...request, kill, onLog: ({ text }) => void this.lines.push(text) }, signal),
    poke: (at) => this.#services.poke(at),
  })
  readonly #services = createController({
    store: this.store,
    kind: 'service',
    alsoKeys: () => openTargets(this.store, 'service'),
    reconcile: (at, signal) => reconcileService(this.#tools, at, signal),
    onError: (_key, error) => this.#errors.push(error),
  })
  readonly #tools: ServiceReconciler
  #url = ''

  constructor(folder: string, driver: ReplicaDriver, { scaleDownDelayMs }: LiveOptions) {
    this.#folder = folder
    this.#driver = driver
    this.#autoscaler = createAutoscaler({
      load: (at) => this.#gateway.load(at),
      keep: (at, version, decision) => keepDecision(this, { place: at, version, decision }),
      onError: (error) => this.#errors.push(error),
      now: () => new Date(),
      clock: () => performance.now(),
      scaleDownDelayMs,
    })
    this.#tools = {
      store: this.store,
      driver,
      gateway: this.#gateway,
      autoscaler: this.#autoscaler,
      samples: this.#samples,
      logs: noLogs,
      openImage: async ({ name }) => ({
        bundle: { appDir: path.join(folder, name), python, models: [], digest: 'sha256:0' },
        variables: {},
      }),
      tls: () => false,
      now: () => new Date(),
      workloads: new Map(),
      removeLater: (id, known, signal) => void this.#remove(id, known, signal),
    }
    driver.onChange((id) => this.#services.poke(serviceKey(placeOfWorkload(id))))
  }

  async start(): Promise<void> {
    await this.#services.start()
    const { port } = await this.#gateway.listen({ port: 0, host: '127.0.0.1' })
    this.#url = `http://127.0.0.1:${port}${prefix}/score`
  }

  /** Puts a script behind the name of an image. */
  async image(name: string, script: string): Promise<void> {
    await mkdir(path.join(this.#folder, name))
    await writeFile(path.join(this.#folder, name, 'score.py'), script)
    const environment = EnvironmentSpec.parse({})
    const spec = { entryScript: 'score.py', files: [], models: [], environment, enableGpu: false }
    const status = { state: 'Succeeded', layers: [], warnings: [], conditions: [] }
    await this.store.createVersion({ kind: 'image', workspace: 'default', name, spec, status })
  }

  async deploy(wish: Partial<z.input<typeof NewService>>): Promise<void> {
    const limits = { cpu: { enforced: false }, memory: { enforced: false } }
    const body = NewService.parse({ name: 'echo', image: 'echo', ...wish })
    const feature = { store: this.store, limits, abilities: () => abilities }
    await deploy(feature, { workspace: 'default', body, key: undefined })
  }

  async addVersion(wish: z.input<typeof NewVersion>): Promise<void> {
    const creation = { place, body: NewVersion.parse(wish), ifRevision: undefined, abilities }
    await this.store.transaction((tx) => createVersion(tx, creation))
  }

  async token(): Promise<string> {
    return (await issueServiceToken(this.#access(), place)).accessToken
  }

  /** Makes every token of before invalid, and gives a new one. */
  async revokeTokens(): Promise<string> {
    return (await revokeTokens(this.#access(), place)).accessToken
  }

  #access(): Access {
    return {
      store: this.store,
      now: () => new Date(),
      useKeys: (service, keys) => useKeys(this.#gateway, service, keys),
    }
  }

  score(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.#url, { method: 'POST', body, headers })
  }

  /** A version as soon as `isReached` holds for it. */
  async until(isReached: (status: VersionStatus) => boolean, name = 'v1'): Promise<VersionStatus> {
    let last: VersionStatus | undefined
    const changes = { afterRevision: 0, kinds: ['service'] }
    try {
      for await (const _ of this.store.watch(changes, AbortSignal.timeout(deadlineMs))) {
        last = versionStatus(serviceOf(await this.store.get(key)).status, name)
        if (isReached(last)) return last
      }
    } catch (cause) {
      throw new Error(`not reached: ${JSON.stringify(last)}`, { cause })
    }
    throw new Error(`not reached: ${JSON.stringify(last)}`)
  }

  /** Errors: one that the reconciler or the autoscaler has met. */
  async close(): Promise<void> {
    this.#autoscaler.close()
    this.#samples.close()
    await this.#services.close()
    await this.#gateway.close()
    await this.#driver.close()
    await this.store.close()
    await rm(this.#folder, { recursive: true, force: true })
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'errors of the server')
  }

  async #remove(id: string, known: Set<string>, signal: AbortSignal): Promise<void> {
    try {
      await this.#driver.remove(id, signal)
      known.delete(id)
    } catch (error) {
      if (!signal.aborted) this.#errors.push(error)
    }
  }
}

export async function openLiveService(options: LiveOptions): Promise<LiveService> {
  const folder = await mkdtemp(path.join(tmpdir(), 'live-'))
  const runDir = path.join(folder, 'run')
  const live = new LiveService(
    folder,
    await createProcessDriver({ runDir, workerMain, logSink: ({ text }) => void live.lines.push(text) }),
    options,
  )
  await live.start()
  return live
}
