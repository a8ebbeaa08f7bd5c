/** Tests how the server is found. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aWorld, type WorldOptions } from '../test/a-world.ts'
import { findServer, type ConnectOptions } from './connect.ts'

let home = ''

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'slipway-home-'))
})

afterEach(async () => {
  await rm(home, { recursive: true, force: true })
})

describe('the server', () => {
  test('named by flags wins over the environment and the local one', async () => {
    await writeLocal()
    const env = { SLIPWAY_URL: 'http://env:1', SLIPWAY_TOKEN: 'env' }
    expect(await find({ url: 'http://flag:1', token: 'flag' }, { env })).toEqual({
      url: 'http://flag:1',
      token: 'flag',
    })
    expect(await find({}, { env })).toEqual({ url: 'http://env:1', token: 'env' })
  })

  test('of this machine is found with its token', async () => {
    await writeLocal()
    expect(await find({})).toEqual({ url: 'http://127.0.0.1:8800', token: 'local-token' })
  })

  test('of this machine, named by its address, has its own token too', async () => {
    await writeLocal()
    expect(await find({ url: 'http://127.0.0.1:8800/' })).toEqual({
      url: 'http://127.0.0.1:8800/',
      token: 'local-token',
    })
  })

  test('elsewhere is never sent the token of the local one', async () => {
    await writeLocal()
    expect(await find({ url: 'http://elsewhere:8800' })).toEqual({
      url: 'http://elsewhere:8800',
      token: undefined,
    })
  })

  test('that is gone is told from one that never ran', async () => {
    await expect(find({})).rejects.toThrow(/^no server is running$/)
    await writeLocal()
    await expect(find({}, { isAlive: () => false })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'no server is running (the last one, process 42, is gone)',
      hint: expect.stringContaining('slipway serve'),
    })
  })

  test('of another user, whose token cannot be read, says so', async () => {
    await writeLocal()
    await rm(path.join(home, 'token'))
    await expect(find({})).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

async function writeLocal(): Promise<void> {
  const tokenFile = path.join(home, 'token')
  await writeFile(tokenFile, 'local-token\n', { mode: 0o600 })
  const server = {
    url: 'http://127.0.0.1:8800',
    scoringUrl: 'http://127.0.0.1:8801',
    dataFolder: home,
    tokenFile,
  }
  await writeFile(path.join(home, 'local.json'), JSON.stringify({ ...server, pid: 42 }))
}

async function find(options: ConnectOptions, world: WorldOptions = {}) {
  const env = { SLIPWAY_HOME: home, ...world.env }
  return await findServer(aWorld([], { isAlive: () => true, ...world, env }).world, options)
}
