/** The layer of the script: stored once, and said to be. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EnvironmentSpec, type ImageSpec } from '@slipway/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { openFileBlobStore } from '../store/blobs/files/file-blob-store.ts'
import { applicationLayer } from './application-layer.ts'

const signal = new AbortController().signal

let folder: string
let blobs: BlobStore

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'layers-'))
  blobs = await openFileBlobStore(folder)
})

afterEach(async () => {
  await blobs.close()
  await rm(folder, { recursive: true, force: true })
})

async function aSpec(script: string): Promise<ImageSpec> {
  const { digest, sizeBytes } = await blobs.put(Buffer.from(script))
  const files = [{ path: 'score.py', digest, sizeBytes, executable: false }]
  return {
    entryScript: 'score.py',
    files,
    models: [],
    environment: EnvironmentSpec.parse({}),
    enableGpu: false,
  }
}

describe('the layer of an application', () => {
  test('is new the first time and reused from then on', async () => {
    const first = await applicationLayer(blobs, await aSpec('def init(): pass'), signal)
    const again = await applicationLayer(blobs, await aSpec('def init(): pass'), signal)
    const other = await applicationLayer(blobs, await aSpec('def init(): return'), signal)
    expect([first.reused, again.reused, other.reused]).toEqual([false, true, false])
    expect(again).toEqual({ ...first, reused: true })
    expect((await blobs.stat(first.digest))?.sizeBytes).toBe(first.sizeBytes)
  })

  test('leaves nothing behind when one of its files is gone', async () => {
    const spec = await aSpec('def init(): pass')
    const digest = `sha256:${createHash('sha256').update('gone').digest('hex')}`
    const files = [...spec.files, { path: 'gone.txt', digest, sizeBytes: 4, executable: false }]
    await expect(applicationLayer(blobs, { ...spec, files }, signal)).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(await readdir(path.join(folder, 'incoming'))).toEqual([])
  })
})
