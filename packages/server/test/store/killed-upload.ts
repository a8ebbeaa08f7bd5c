/** Kills a process in the middle of an upload, and lets another one go on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { BlobStore } from '../../src/store/blobs/blob-store.ts'
import { digestOfBytes, readAll, send, someBytes } from '../../src/store/blobs/conformance/open-blobs.ts'

const bytes = someBytes(30_000_000)
const killAt = 20_000_000

/** The blob is whole in the end, and what had been sent before the kill is not sent again. */
export async function expectResumed(
  kind: 'files' | 's3',
  place: string,
  open: () => Promise<BlobStore>,
): Promise<void> {
  await uploadAndKill(kind, place)
  const store = await open()
  const resumed = await store.startUpload(digestOfBytes(bytes), bytes.length)
  expect(resumed.complete).toBe(false)
  expect(resumed.offset).toBeGreaterThanOrEqual(10_000_000)
  expect(resumed.offset).toBeLessThan(bytes.length)
  expect(await store.stat(resumed.digest)).toBeUndefined()
  expect(await send(store, resumed, bytes.subarray(resumed.offset))).toMatchObject({ complete: true })
  expect((await readAll(store, resumed.digest)).equals(bytes)).toBe(true)
  await store.close()
}

async function uploadAndKill(kind: string, place: string): Promise<void> {
  const program = join(import.meta.dirname, 'blob-writer.ts')
  const args = [program, kind, place, String(bytes.length)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    if (Number(line) >= killAt) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
}
