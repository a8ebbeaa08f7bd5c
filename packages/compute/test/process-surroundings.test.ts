/** What a worker of the process driver finds around it: files, environment, session, and where its output goes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { allReady, untilReplicas } from '../src/conformance.ts'
import type { BundleModel, Workload } from '../src/driver.ts'
import { createProcessDriver } from '../src/process/process-driver.ts'
import { aWorkload, bareWorker, openHarness, type ProcessHarness } from './process-harness.ts'

interface Report {
  environment: Record<string, string>
  folder: string
  models: string[]
  written: string
  stdin: string
  isLeader: boolean
}

let harness: ProcessHarness

beforeEach(async () => {
  harness = await openHarness()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await harness.close()
})

async function report(change: Partial<Workload>, signal: AbortSignal): Promise<Report> {
  const workload = aWorkload('tells-all', change)
  await harness.driver.apply(workload, signal)
  await untilReplicas(harness.driver, workload.id, { test: allReady(1), signal })
  const told = () => harness.logs.find(({ stream, text }) => stream === 'stdout' && text.startsWith('{'))
  const line = await vi.waitUntil(told, { timeout: 10_000, interval: 5 })
  return JSON.parse(line?.text ?? '') as Report
}

function aModel(name: string, files: readonly string[]): BundleModel {
  const folder = path.join(harness.dir, 'models', name)
  mkdirSync(folder, { recursive: true })
  for (const file of files) writeFileSync(path.join(folder, file), file)
  return { name, version: 2, path: folder }
}

function withModels(models: readonly BundleModel[]): Partial<Workload> {
  return { bundle: { ...aWorkload('tells-all').bundle, models } }
}

test('the environment holds what a script needs and nothing of the server', async ({ signal }) => {
  vi.stubEnv('SERVER_SECRET', 'a secret of the server')
  const chosen = { OMP_NUM_THREADS: '7', MALLOC_TRIM_THRESHOLD_: '131072' }
  const environment = { MY_SETTING: 'mine', ...chosen, SERVICE_NAME: 'a lie' }
  const { environment: seen, folder } = await report({ environment, limits: { cpuCores: 2.5 } }, signal)
  expect(seen).toMatchObject({
    MY_SETTING: 'mine',
    AML_APP_ROOT: folder,
    AZUREML_ENTRY_SCRIPT: 'tells-all.py',
    SERVICE_NAME: 'diabetes',
    SCORING_TIMEOUT_MS: '60000',
    ...chosen,
    OPENBLAS_NUM_THREADS: '2',
    MKL_NUM_THREADS: '2',
    MALLOC_MMAP_THRESHOLD_: '16777216',
  })
  expect(JSON.stringify(seen)).not.toContain('a secret of the server')
  expect(seen.HOME?.startsWith(harness.runDir)).toBe(true)
  expect(seen.TMPDIR?.startsWith(harness.runDir)).toBe(true)
})

test('a worker leads a session of its own and reads nothing', async ({ signal }) => {
  const { isLeader, stdin } = await report({}, signal)
  expect({ isLeader, stdin }).toEqual({ isLeader: true, stdin: '/dev/null' })
})

test('one folder model is the content of its version folder', async ({ signal }) => {
  const seen = await report(withModels([aModel('keras', ['model.json', 'model.h5'])]), signal)
  expect(seen.environment.AZUREML_MODEL_DIR).toBe(path.join(seen.folder, 'azureml-models/keras/2'))
  expect(seen.models).toEqual(['model.h5', 'model.json'])
})

test('a file model keeps its name, and several models share one folder', async ({ signal }) => {
  const model = aModel('ridge', ['ridge.pkl'])
  const file = { ...model, path: path.join(model.path, 'ridge.pkl') }
  const seen = await report(withModels([file, aModel('keras', ['model.h5'])]), signal)
  expect(seen.environment.AZUREML_MODEL_DIR).toBe(path.join(seen.folder, 'azureml-models'))
  expect(seen.models).toEqual(['keras/2/model.h5', 'ridge/2/ridge.pkl'])
})

test('a list says which model is a file and which a folder, however many files it has', async ({
  signal,
}) => {
  const model = aModel('ridge', ['ridge.pkl'])
  const file = { ...model, path: path.join(model.path, 'ridge.pkl') }
  const { folder } = await report(withModels([file, aModel('keras', ['model.h5'])]), signal)
  expect(JSON.parse(await readFile(path.join(folder, 'model_config_map.json'), 'utf8'))).toEqual({
    models: [
      { name: 'ridge', version: 2, path: 'azureml-models/ridge/2/ridge.pkl' },
      { name: 'keras', version: 2, path: 'azureml-models/keras/2' },
    ],
  })
})

test('what a script wrote beside itself is gone when it is started again', async ({ signal }) => {
  expect((await report({}, signal)).written).toBe('once')
  const [replica] = await harness.driver.observe('team/diabetes/1', signal)
  harness.logs.length = 0
  process.kill(replica?.pid ?? 0, 'SIGKILL')
  await untilReplicas(harness.driver, 'team/diabetes/1', {
    test: ([first]) => first?.restarts === 1 && first.phase === 'ready',
    signal,
  })
  expect((await report({}, signal)).written).toBe('once')
})

test('each line that is printed reaches the log, with stream and replica', async ({ signal }) => {
  await report({}, signal)
  const [replica] = await harness.driver.observe('team/diabetes/1', signal)
  const seen = () => harness.logs.find(({ stream }) => stream === 'stderr')
  expect(await vi.waitUntil(seen, { timeout: 10_000, interval: 5 })).toEqual({
    workloadId: 'team/diabetes/1',
    replicaId: replica?.id,
    stream: 'stderr',
    text: 'something odd',
  })
})

test('the endpoint of a ready replica takes connections', async ({ signal }) => {
  await report({}, signal)
  const [replica] = await harness.driver.observe('team/diabetes/1', signal)
  const socket = createConnection(replica?.endpoint?.socketPath ?? '')
  await expect(once(socket, 'connect', { signal })).resolves.toEqual([])
  socket.destroy()
})

test('the folder of what runs is for the server’s user only', async () => {
  expect((await stat(harness.runDir)).mode & 0o777).toBe(0o700)
})

test('a folder whose path is too long for a socket is refused with the numbers', async () => {
  const runDir = path.join(harness.dir, 'x'.repeat(90))
  const opened = createProcessDriver({ runDir, workerMain: bareWorker, logSink: () => undefined })
  await expect(opened).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('107') as string,
  })
})
