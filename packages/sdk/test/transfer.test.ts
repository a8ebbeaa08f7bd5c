/** Tests uploads, downloads and event streams over connections that break. */
import type { Model } from '@slipway/contract'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../src/index.ts'
import { downloadModel, uploadFiles, walk, type TransferProgress } from '../src/node/index.ts'
import { FlakyServer } from './flaky-server.ts'

let server: FlakyServer
let client: Client
let folder = ''

beforeEach(async () => {
  server = await FlakyServer.start()
  client = createClient({ url: server.url })
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-sdk-'))
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

describe('an upload', () => {
  test('sends a large file in parts and goes on where a connection broke', async () => {
    const bytes = await fill('model.bin', 20 * 2 ** 20)
    server.breaks = 2
    const progress: TransferProgress[] = []
    const entries = await upload('model.bin', (step) => progress.push(step))
    expect(server.blobs.get(entries[0]?.digest ?? '')?.equals(bytes)).toBe(true)
    expect(progress.at(-1)).toMatchObject({
      phase: 'uploading',
      bytesDone: bytes.length,
      bytesTotal: bytes.length,
    })
    expect(server.requests.filter((line) => line === 'POST uploads')).toHaveLength(3)
  })

  test('sends one content once, and nothing that the server has', async () => {
    await fill('a', 1000)
    await writeFile(at('b'), await readFile(at('a')))
    expect(await upload('.')).toHaveLength(2)
    expect(server.requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(1)
    const before = server.requests.length
    await upload('.')
    expect(server.requests.slice(before)).toEqual(['POST missing'])
  })

  test('sends an empty file', async () => {
    await writeFile(at('empty'), '')
    const [entry] = await upload('empty')
    expect(server.blobs.get(entry?.digest ?? '')).toHaveLength(0)
  })

  test('names the file that changed while it was uploaded', async () => {
    await fill('model.bin', 100)
    const { files } = await walk(at('model.bin'))
    const tampering = createClient({
      url: server.url,
      fetch: async (url, init) => {
        if (typeof url === 'string' && url.endsWith('/missing')) await fill('model.bin', 100)
        return await fetch(url, init)
      },
    })
    const call = uploadFiles(tampering, files, { workspace: 'default' })
    await expect(call).rejects.toThrow(`${at('model.bin')} changed while it was uploaded`)
  })

  test('stops with the reason of the signal', async () => {
    await fill('model.bin', 100)
    const { files } = await walk(at('model.bin'))
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(uploadFiles(client, files, { workspace: 'default', signal })).rejects.toThrow('enough')
  })
})

describe('a download', () => {
  test('goes on where a connection broke, and leaves no part behind', async () => {
    const model = await aModel(3 * 2 ** 20)
    server.breaks = 2
    const target = await downloadModel(client, model, { workspace: 'default', targetFolder: at('out') })
    expect(target).toBe(at('out/m'))
    const bytes = await readFile(at(`out/m/${model.spec.files[0]?.path}`))
    expect(server.blobs.get(model.spec.files[0]?.digest ?? '')?.equals(bytes)).toBe(true)
    await expect(stat(at('out/m.part'))).rejects.toThrow('ENOENT')
    expect(server.requests.filter((line) => line === 'GET content')).toHaveLength(3)
  })

  test('takes up what an earlier command left', async () => {
    const model = await aModel(1000)
    const stopped = downloadModel(createClient({ url: 'http://127.0.0.1:8' }), model, {
      workspace: 'default',
      targetFolder: at('out'),
      signal: AbortSignal.timeout(100),
    })
    await expect(stopped).rejects.toThrow('timeout')
    const part = at(`out/m.part/${model.spec.files[0]?.path}`)
    const whole = server.blobs.get(model.spec.files[0]?.digest ?? '') ?? Buffer.alloc(0)
    await writeFile(part, whole.subarray(0, 400))
    await downloadModel(client, model, { workspace: 'default', targetFolder: at('out') })
    expect((await readFile(at(`out/m/${model.spec.files[0]?.path}`))).equals(whole)).toBe(true)
    expect(server.offsets).toEqual([400])
  })

  test('refuses a place that is taken, and overwrites it when told to', async () => {
    const model = await aModel(10)
    const options = { workspace: 'default', targetFolder: at('out') }
    await downloadModel(client, model, options)
    await expect(downloadModel(client, model, options)).rejects.toMatchObject({ code: 'conflict' })
    await downloadModel(client, model, { ...options, existOk: true })
  })

  test('throws away bytes that are not those registered', async () => {
    const model = await aModel(10)
    const file = model.spec.files[0]
    server.blobs.set(file?.path ?? '', Buffer.from('0123456789'))
    const call = downloadModel(client, model, { workspace: 'default', targetFolder: at('out') })
    await expect(call).rejects.toMatchObject({ code: 'digest-mismatch' })
    await expect(stat(at(`out/m.part/${file?.path}`))).rejects.toThrow('ENOENT')
  })
})

test('a stream of events goes on after the last one when its connection breaks, and ends when told', async () => {
  server.eventBreaks = 2
  const changes = await Array.fromAsync(client.server.watch({ params: { workspace: 'default' } }))
  expect(changes.map(({ revision }) => revision)).toEqual([1, 2, 3])
  expect(server.resumedAfter).toEqual(['1', '2'])
})

function at(name: string): string {
  return path.join(folder, name)
}

async function fill(name: string, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(sizeBytes, 65_536))))
  const whole = Buffer.alloc(sizeBytes, bytes)
  await writeFile(at(name), whole)
  return whole
}

async function upload(name: string, onProgress?: (progress: TransferProgress) => void) {
  const { files } = await walk(at(name))
  return await uploadFiles(client, files, { workspace: 'default', onProgress })
}

/** A folder with one file, whose content the server gives out under the file's path. */
async function aModel(sizeBytes: number): Promise<Model> {
  await fill('weights.bin', sizeBytes)
  const files = await upload('weights.bin')
  for (const { path, digest } of files) server.blobs.set(path, server.blobs.get(digest) ?? Buffer.alloc(0))
  const now = new Date().toISOString()
  return {
    kind: 'model',
    name: 'm',
    version: 1,
    metadata: {
      workspace: 'default',
      uid: 'u',
      generation: 1,
      revision: 1,
      createdAt: now,
      updatedAt: now,
      tags: {},
      properties: {},
    },
    spec: { layout: 'folder', files },
    status: {
      digest: `sha256:${'0'.repeat(64)}`,
      sizeBytes,
      scan: { verdict: 'none', findings: [], writtenBy: {}, unsafeAllowed: false },
      conditions: [],
    },
  }
}
