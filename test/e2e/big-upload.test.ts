/** A large model on its way: client and server are killed under it, and only what is lacking is sent again. */
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Model } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import type { RunningProgram } from '../support/run-program.ts'
import { openStage, type Stage } from '../support/stage.ts'
import { waitUntil } from '../support/wait-until.ts'

const mebibyte = 2 ** 20
const sizeBytes = 1024 * mebibyte
/** What is on its way when a connection breaks is sent again: a part, and what buffers hold of the next. */
const slackBytes = 32 * mebibyte
const mostServerBytes = 200 * mebibyte
/** Fetch copies what it sends, and Node frees such copies only once there are 64 MiB of them. */
const mostClientBytes = 224 * mebibyte

describe('the upload of a gibibyte', () => {
  let stage: Stage
  let proxy: CountingProxy
  beforeAll(async () => {
    stage = await openStage()
    proxy = await startCountingProxy(Number(new URL(stage.server.url).port))
    await writeLargeFile(path.join(stage.folder, 'large.bin'))
  })
  afterAll(async () => {
    await proxy?.close()
    await stage?.close()
  })

  const register = () =>
    stage.startSlipway(['model', 'register', 'large.bin', '--name', 'large', '--output', 'json'], {
      env: { SLIPWAY_URL: proxy.url, SLIPWAY_TOKEN: stage.server.token },
    })
  const arrivedAtLeast = (bytes: number) =>
    waitUntil(`${bytes} bytes on the server`, async () => {
      const arrived = await arrivedBytes(stage.dataDir)
      return arrived >= bytes ? arrived : undefined
    })

  let keptBytes: number
  let finishing: RunningProgram
  let sentBefore: number

  test('is broken off when its client is killed, and what has arrived is kept', async () => {
    const client = register()
    await arrivedAtLeast(sizeBytes / 4)
    client.kill('SIGKILL')
    expect((await client.finished).code).toBeNull()
    keptBytes = await arrivedBytes(stage.dataDir)
    expect(keptBytes).toBeGreaterThanOrEqual(sizeBytes / 4)
    expect(keptBytes).toBeLessThan(sizeBytes)
    expect(await stage.json(['model', 'list'])).toEqual([])
  })

  test('goes on with the next client, also when the server is killed under it and comes back', async () => {
    sentBefore = proxy.sentBytes()
    finishing = register()
    const arrived = await arrivedAtLeast(Math.max(keptBytes, sizeBytes / 2) + 1)
    expect(await peakMemoryBytes(stage.server.pid)).toBeLessThan(mostServerBytes)
    await stage.killServer()
    await stage.start()
    expect(await arrivedBytes(stage.dataDir)).toBeGreaterThanOrEqual(arrived)
  })

  test('ends with the whole model, and each byte was sent once but for what was on its way', async () => {
    let clientBytes = 0
    const watching = waitUntil(
      'the end of the client',
      async () => {
        const bytes = await peakMemoryBytes(finishing.pid)
        clientBytes = Math.max(clientBytes, bytes)
        return bytes === 0 ? true : undefined
      },
      120_000,
    )
    const { code, stdout, stderr } = await finishing.finished
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    await watching
    const model = JSON.parse(stdout) as Model
    expect(model.status.sizeBytes).toBe(sizeBytes)
    const sent = proxy.sentBytes() - sentBefore
    expect(sent).toBeGreaterThanOrEqual(sizeBytes - keptBytes - slackBytes)
    expect(sent).toBeLessThan(sizeBytes - keptBytes + slackBytes)
    expect(await stage.unfinished()).toEqual([])
    expect(clientBytes).toBeGreaterThan(0)
    expect(clientBytes).toBeLessThan(mostClientBytes)
    expect(await peakMemoryBytes(stage.server.pid)).toBeLessThan(mostServerBytes)
  })

  test('is not repeated: the same file makes the next version without being sent', async () => {
    const before = proxy.sentBytes()
    const again = register()
    const { version, status } = JSON.parse((await again.finished).stdout) as Model
    const [first] = (await stage.json<Model[]>(['model', 'list', '--order', 'oldest'])) as [Model, Model]
    expect({ version, digest: status.digest }).toEqual({ version: 2, digest: first.status.digest })
    expect(proxy.sentBytes() - before).toBeLessThan(100_000)
  })

  test('comes back whole', async () => {
    await stage.output(['model', 'download', 'large:1', 'copy'])
    const copy = path.join(stage.folder, 'copy', 'large.bin')
    expect((await stat(copy)).size).toBe(sizeBytes)
    const source = path.join(stage.folder, 'large.bin')
    for (let offset = 0; offset < sizeBytes; offset += stepBytes) {
      expect(await readSample(copy, offset)).toEqual(await readSample(source, offset))
    }
  })
})

/** Random bytes every eight mebibytes, holes between: every part is another, and the disk has little to do. */
async function writeLargeFile(file: string): Promise<void> {
  const handle = await open(file, 'w')
  await handle.truncate(sizeBytes)
  for (let offset = 0; offset < sizeBytes; offset += stepBytes) {
    await handle.write(randomBytes(sampleBytes), 0, sampleBytes, offset)
  }
  await handle.close()
}

const stepBytes = 8 * mebibyte
const sampleBytes = 4096

async function readSample(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file)
  const { buffer } = await handle.read(Buffer.alloc(sampleBytes), 0, sampleBytes, offset)
  await handle.close()
  return buffer
}

/** Bytes of the one upload that is under way; 0 where there is none. */
async function arrivedBytes(dataDir: string): Promise<number> {
  const uploads = path.join(dataDir, 'blobs', 'uploads')
  const [id] = await readdir(uploads)
  if (id === undefined) return 0
  return await stat(path.join(uploads, id, 'bytes')).then(
    ({ size }) => size,
    () => 0,
  )
}

/** Most memory that the process has had in use; 0 once it has ended. */
async function peakMemoryBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}
