/** Servers that cannot start, callers that are not let in, and a disk that is full. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, stat, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createClient } from '@slipway/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { processesOf } from '../../support/processes-of.ts'
import { refusalOf, refused } from '../../support/refused.ts'
import { mountSmallDisk } from '../../support/rooted.ts'
import { openStage, Stage } from '../../support/stage.ts'

const mebibyte = 2 ** 20

describe('a second server', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const serve = async (dataDir: string, ...flags: string[]) => {
    const home = path.join(stage.folder, 'second-home')
    const args = ['serve', '--data', dataDir, '--port', '0', '--scoring-port', '0', ...flags]
    const { code, stdout, stderr } = await stage.slipway(args, { env: { SLIPWAY_HOME: home } })
    return { code, stdout, stderr }
  }
  const other = () => path.join(stage.folder, 'other')

  const theFirstServerStays = async () => {
    expect(await stage.output(['service', 'list'])).toBeDefined()
    const running = await processesOf(stage.folder)
    expect(running.map(({ pid }) => pid)).toEqual([stage.server.pid])
    expect(await readdir(path.join(stage.folder, 'second-home')).catch(() => [])).toEqual([])
  }
  afterEach(theFirstServerStays)

  test.each([
    { flag: '--port', port: () => new URL(stage.server.url).port },
    { flag: '--scoring-port', port: () => new URL(stage.server.scoringUrl).port },
  ])('does not start when the port of $flag is in use, and names it', async ({ flag, port }) => {
    expect(await serve(other(), flag, port())).toEqual({
      code: 1,
      stdout: '',
      stderr: `the port ${port()} is in use by another program\nChoose another with --port or --scoring-port; 0 picks a free one.\n`,
    })
  })

  test('does not start on a data folder that another one has, and names that process', async () => {
    expect(await serve(stage.dataDir)).toEqual({
      code: 1,
      stdout: '',
      stderr: `the data folder ${stage.dataDir} is used by another server, process ${stage.server.pid}\nStop that server, or give this one a data folder of its own.\n`,
    })
  })

  test('does not touch a data folder that a newer version has written', async () => {
    const newer = path.join(stage.folder, 'newer')
    await stage.write('newer/format', '99\n')
    const { code, stdout, stderr } = await serve(newer)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `the data folder ${newer} must have format 1 or older, but was written by a newer Slipway (format 99)\nStart the newer Slipway, or give this one another data folder.\n`,
    )
    const left = (await readdir(newer)).filter((name) => name !== 'lock')
    expect(left).toEqual(['format'])
  })

  test.each([
    { flags: ['--port', 'high'], stderr: /^--port must be a number \("high"\)\n/ },
    { flags: ['--port', '70000'], stderr: /^--port must be at most 65535 \("70000"\)\n/ },
    {
      flags: ['--prot', '1'],
      stderr: /^slipway serve has no --prot\nslipway serve --help lists the flags\.\n$/,
    },
  ])('does not start with $flags', async ({ flags, stderr }) => {
    const end = await serve(other(), ...flags)
    expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 2, stdout: '' })
    expect(end.stderr).toMatch(stderr)
  })
})

describe('a caller', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  test.each([
    { fault: 'without a token', token: undefined },
    { fault: 'with a wrong token', token: 'x'.repeat(43) },
  ])('$fault is not let in', async ({ token }) => {
    const client = createClient({ url: stage.server.url, token })
    const params = { workspace: 'default' }
    expect(await refusalOf(client.models.list({ params }))).toMatchObject({
      status: 401,
      code: 'unauthorized',
    })
    expect(await client.server.health()).toEqual({ status: 'ok' })
  })

  test('with a wrong token gets exit code 6', async () => {
    expect(await refused(stage, ['model', 'list', '--token', 'wrong'])).toMatchObject({
      exit: 6,
      code: 'unauthorized',
    })
  })

  test('of a server that is not there gets exit code 5', async () => {
    const args = ['model', 'list', '--url', 'http://127.0.0.1:9', '--token', 'x']
    expect(await refused(stage, args)).toMatchObject({ exit: 5, code: 'unavailable' })
  })

  test('finds the token readable by its owner alone', async () => {
    expect((await stat(path.join(stage.dataDir, 'token'))).mode & 0o777).toBe(0o600)
    expect((await stat(stage.dataDir)).mode & 0o077).toBe(0)
  })

  test.each([
    { fault: 'no JSON', body: '{"name": ', type: 'application/json', status: 400, code: 'bad-request' },
    { fault: 'another type', body: 'x', type: 'text/plain', status: 415, code: 'unsupported-media-type' },
    { fault: 'no fields', body: '{}', type: 'application/json', status: 422, code: 'invalid' },
  ])('that sends $fault is told so', async ({ body, type, status, code }) => {
    const reply = await fetch(`${stage.server.url}/v1/workspaces`, {
      method: 'POST',
      body,
      headers: { 'content-type': type, authorization: `Bearer ${stage.server.token}` },
    })
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    expect(await reply.json()).toMatchObject({ status, code })
  })
})

describe('a full disk', () => {
  /** A stage whose data folder is on a disk of 48 MiB. */
  async function openSmallStage(skip: (reason: string) => void): Promise<Stage> {
    const outer = await openStage()
    onTestFinished(() => outer.close())
    const disk = path.join(outer.folder, 'disk')
    const mounted = await mountSmallDisk(disk, 48 * mebibyte)
    if ('skipped' in mounted) skip(mounted.skipped)
    const stage = new Stage(path.join(outer.folder, 'small'), { dataDir: path.join(disk, 'data') })
    onTestFinished(async () => {
      await stage.close()
      if ('unmount' in mounted) await mounted.unmount()
    })
    await stage.start()
    return stage
  }

  test('refuses a model that does not fit before a byte of it is sent, and nothing of it stays', async ({
    skip,
  }) => {
    const stage = await openSmallStage(skip)
    await stage.write('large.bin', randomBytes(64 * mebibyte))
    const refusal = await refused(stage, ['model', 'register', 'large.bin', '--name', 'large'])
    expect(refusal).toMatchObject({ exit: 1, code: 'insufficient-storage' })
    expect(refusal.detail).toMatch(/^the blob must fit on the disk \(67108864 bytes, \d+ are free\)$/)
    expect(await stage.json(['model', 'list'])).toEqual([])
    expect(await stage.unfinished()).toEqual([])
  })

  test('that fills up on the way refuses the part; with room again the upload goes on', async ({ skip }) => {
    const stage = await openSmallStage(skip)
    const params = { workspace: 'default' }
    const bytes = new Uint8Array(randomBytes(8 * mebibyte))
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const body = { digest, sizeBytes: bytes.length }
    const { id } = await stage.client.files.startUpload({ params, body })
    const send = () =>
      stage.client.files.sendPart(
        { params: { ...params, upload: id }, body: bytes },
        { headers: { 'upload-offset': '0' } },
      )

    const ballast = path.join(path.dirname(stage.dataDir), 'ballast')
    const { bavail, bsize } = await statfs(stage.dataDir)
    await writeFile(ballast, new Uint8Array(bavail * bsize - 2 * mebibyte))
    expect(await refusalOf(send())).toMatchObject({
      status: 507,
      code: 'insufficient-storage',
      message: 'the disk that holds the blobs is full',
    })
    const upload = { ...params, upload: id }
    expect((await stage.client.files.getUpload({ params: upload })).offset).toBe(0)

    await rm(ballast)
    expect(await send()).toMatchObject({ complete: true, offset: bytes.length })
    expect(await stage.unfinished()).toEqual([])
  })
})
