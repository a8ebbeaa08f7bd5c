/** Builds that are killed, or given up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test, vi } from 'vitest'
import { aBench, aSpec, never, withoutUv, type Bench } from './a-builder.ts'

const spec = aSpec(['- numpy', '- scipy'])
const ignore = () => undefined
const waiting = { timeout: 20_000, interval: 20 }

describe.skipIf(withoutUv !== '')(`an interrupted build${withoutUv}`, () => {
  test('that was killed leaves nothing once the next server has started, and is done by it', async () => {
    await using bench = await aBench()
    await killWhileInstalling(bench)
    expect(await stagingOf(bench)).not.toEqual([])
    const later = bench.another()
    const built = await later.build(await later.resolve(spec, ignore, never), ignore, never)
    expect(await later.open(built.hash)).toEqual(built)
    expect(await stagingOf(bench)).toEqual([])
  })

  test('that was killed is cleaned up even if nobody asks for it again', async () => {
    await using bench = await aBench()
    await killWhileInstalling(bench)
    bench.another()
    await vi.waitFor(async () => expect(await stagingOf(bench)).toEqual([]), waiting)
    expect(await readdir(path.join(bench.options.rootDir))).not.toContainEqual(
      expect.stringMatching(/^[0-9a-f]{64}$/),
    )
  })

  test('that was given up stops its tools, and leaves nothing', async () => {
    await using bench = await aBench()
    const controller = new AbortController()
    const resolved = await bench.builder.resolve(spec, ignore, never)
    const build = bench.builder.build(
      resolved,
      (line) => line.includes('Downloading') && controller.abort(new Error('enough')),
      controller.signal,
    )
    await expect(build).rejects.toThrow('enough')
    await vi.waitFor(async () => expect(await stagingOf(bench)).toEqual([]), waiting)
    expect(await bench.builder.open(resolved.hash)).toBeUndefined()
  })
})

/** Another process builds; it dies, without a chance to tidy up, when the first download begins. */
async function killWhileInstalling(bench: Bench): Promise<void> {
  const { env: _, ...folders } = bench.options
  const program = path.join(import.meta.dirname, 'build-and-tell.ts')
  const child = spawn(process.execPath, [program, JSON.stringify(folders), JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('Downloading')) child.kill('SIGKILL')
  expect((await closed)[1]).toBe('SIGKILL')
}

async function stagingOf({ options }: Bench): Promise<string[]> {
  return readdir(path.join(options.rootDir, 'staging')).catch(() => [])
}
