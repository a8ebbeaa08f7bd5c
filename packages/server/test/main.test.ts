/** The server as a process: what it announces, what it writes down for the command line, and how it ends. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startServerProcess } from './server-process.ts'

let folder: string
let home: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-main-'))
  home = path.join(folder, 'home')
  const kept = folder
  onTestFinished(() => rm(kept, { recursive: true, force: true }))
})

const serve = async (flags: string[] = [], env: Record<string, string> = {}) =>
  await startServerProcess(folder, { flags, env: { SLIPWAY_HOME: home, ...env } })

async function pointer(): Promise<unknown> {
  return JSON.parse(await readFile(path.join(home, 'local.json'), 'utf8'))
}

test('a server writes itself down for as long as it runs', async () => {
  const { ready, pid, stop } = await serve()
  expect(await pointer()).toMatchObject({ ...ready, pid })
  expect(await stop()).toEqual({ code: 0, stderr: '' })
  await expect(pointer()).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a server without a home to write to says so and serves', async () => {
  await writeFile(home, 'a file, so nothing can be below it')
  home = path.join(home, 'below')
  const { ready, stop } = await serve()
  expect((await fetch(`${ready.url}/v1`)).status).toBeLessThan(500)
  const { code, stderr } = await stop()
  expect(code).toBe(0)
  expect(stderr).toContain('the command line does not find this server by itself')
})

test('a data folder that is too deep for sockets leaves nothing outside of it', async () => {
  const temporary = path.join(folder, 't')
  await mkdir(temporary)
  const data = path.join(folder, 'deep'.repeat(30))
  const { stop } = await serve(['--data', data], { TMPDIR: temporary })
  expect(await readdir(temporary)).toEqual([expect.stringMatching(/^slipway-/)])
  expect(await stop()).toEqual({ code: 0, stderr: '' })
  expect(await readdir(temporary)).toEqual([])
})

test('a server leaves what is not its own where it finds it', async () => {
  const { stop } = await serve()
  await writeFile(path.join(home, 'local.json'), '{"pid":')
  expect(await stop()).toEqual({ code: 0, stderr: '' })
  expect(await readFile(path.join(home, 'local.json'), 'utf8')).toBe('{"pid":')
})

test('the address that callers see is announced', async () => {
  const { ready, stop } = await serve(['--public-scoring-url', 'https://models.example.org/'])
  expect(ready.scoringUrl).toBe('https://models.example.org')
  expect(await pointer()).toMatchObject(ready)
  await stop()
})

describe('the host', () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  )

  async function answers(host: string) {
    const { ready, stop } = await serve(['--host', host])
    const replies = await Promise.all([fetch(`${ready.url}/v1`), fetch(`${ready.scoringUrl}/nothing`)])
    await stop()
    return replies.map(({ url, status }) => [new URL(url).hostname, status])
  }

  test('0.0.0.0 gives addresses that answer', async () => {
    expect(await answers('0.0.0.0')).toEqual([
      ['127.0.0.1', 404],
      ['127.0.0.1', 404],
    ])
  })

  test.skipIf(!hasIpv6).each(['::1', '::'])('%s gives addresses that answer (needs IPv6)', async (host) => {
    expect(await answers(host)).toEqual([
      ['[::1]', 404],
      ['[::1]', 404],
    ])
  })
})
