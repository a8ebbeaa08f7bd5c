/** The whole app in this process, on memory and a folder that goes when it closes; replicas are those of the memory driver. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createMemoryDriver } from '@slipway/compute'
import type { Image, Model, Operation, Upload } from '@slipway/contract'
import { createGateway } from '@slipway/scoring'
import { createApp } from '../src/app.ts'
import { createEnvironmentBuilder } from '../src/environments/environment-builder.ts'
import { createGatewayHub } from '../src/gateways/gateway-hub.ts'
import { hashToken } from '../src/http/tokens.ts'
import { openFileBlobStore } from '../src/store/blobs/files/file-blob-store.ts'
import { openLogStore } from '../src/store/logs/file-log-store.ts'
import type { LogStore } from '../src/store/logs/log-store.ts'
import { createMemoryStore } from '../src/store/memory/memory-store.ts'
import type { ResourceStore } from '../src/store/resource-store.ts'
import { sendRequest, type Reply, type RequestParts } from './send-request.ts'

const toolsDir = path.resolve(import.meta.dirname, '../../../.cache/tools')

export const token = 'a-token-for-tests'

export interface AppOptions {
  store?: ResourceStore
}

export interface RunningApp {
  port: number
  folder: string
  store: ResourceStore
  logs: LogStore
  /** What was reported to whoever runs the server. */
  faults: unknown[]
  /** Sends one request with the token, unless it has an authorization of its own. */
  send(method: string, target: string, parts?: RequestParts): Promise<Reply>
  close(): Promise<void>
}

export async function startApp({ store = createMemoryStore() }: AppOptions = {}): Promise<RunningApp> {
  const folder = await mkdtemp(path.join(tmpdir(), 'api-'))
  const cacheDir = path.join(folder, 'cache')
  const logs = await openLogStore(path.join(folder, 'logs'))
  const faults: unknown[] = []
  const app = createApp({
    store,
    logs,
    blobs: await openFileBlobStore(path.join(folder, 'blobs')),
    environments: createEnvironmentBuilder({
      rootDir: path.join(folder, 'environments'),
      cacheDir: path.join(cacheDir, 'environments'),
      toolsDir,
      env: process.env,
    }),
    driver: createMemoryDriver(),
    gateway: createGatewayHub({
      openLocal: (onWaiting) => createGateway({ onWaiting, onLog: () => undefined, kill: () => undefined }),
      onLine: () => undefined,
      onDroppedLines: () => undefined,
    }),
    tryReplica: async () => ({ status: 200, text: '' }),
    cacheDir,
    dataFolder: folder,
    version: '0.0.0',
    tokens: [hashToken(token)],
    checkTools: async () => [],
    now: () => new Date(),
    onError: (_message, error) => faults.push(error),
  })
  const { port } = await app.start({ host: '127.0.0.1', port: 0, scoringPort: 0 })
  return {
    port,
    folder,
    store,
    logs,
    faults,
    send(method, target, parts = {}) {
      const headers = { authorization: `Bearer ${token}`, ...parts.headers }
      return sendRequest(port, { method, target, ...parts, headers })
    },
    async close() {
      await app.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface StoredFile {
  path: string
  digest: string
  sizeBytes: number
}

/** Uploads one file to the default workspace. */
export async function uploadFile(app: RunningApp, name: string, content: string): Promise<StoredFile> {
  const file = fileOf(name, content)
  const body = { digest: file.digest, sizeBytes: file.sizeBytes }
  const { id, complete } = (await app.send('POST', '/v1/workspaces/default/uploads', { json: body }))
    .json as Upload
  if (complete) return file
  await app.send('PATCH', `/v1/workspaces/default/uploads/${id}`, {
    headers: { 'content-type': 'application/octet-stream', 'upload-offset': '0' },
    body: content,
  })
  return file
}

export function fileOf(name: string, content: string): StoredFile {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  return { path: name, digest, sizeBytes: Buffer.byteLength(content) }
}

export async function registerModel(app: RunningApp, name: string, fields: object = {}): Promise<Model> {
  const files = [await uploadFile(app, 'model.txt', 'weights')]
  const json = { name, layout: 'file', files, ...fields }
  return (await app.send('POST', '/v1/workspaces/default/models', { json })).json as Model
}

/** Queues the build of an image that needs bare Python only. */
export async function createImage(app: RunningApp, name: string, fields: object = {}): Promise<Image> {
  const files = [await uploadFile(app, 'score.py', 'def init(): pass\n\ndef run(data): return data\n')]
  const json = { name, entryScript: 'score.py', files, ...fields }
  await app.send('POST', '/v1/workspaces/default/images', { json })
  return (await app.send('GET', `/v1/workspaces/default/images/${name}`)).json as Image
}

export async function deployService(app: RunningApp, name: string, image: string): Promise<Operation> {
  return (await app.send('POST', '/v1/workspaces/default/services', { json: { name, image } }))
    .json as Operation
}
