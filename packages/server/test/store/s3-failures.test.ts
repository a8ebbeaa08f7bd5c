/** What is said where the object store cannot be used: where it is, what it answered, what to do. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server as HttpServer } from 'node:http'
import { createServer as createSilent, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiError } from '@slipway/contract'
import { startS3 } from '../../../../test/support/s3.ts'
import { openS3BlobStore, type S3Options } from '../../src/store/blobs/s3/s3-blob-store.ts'

const s3 = await startS3()
const skipped = 'skipped' in s3 ? `: ${s3.skipped}` : ''
const credentials = { accessKeyId: 'slipway', secretAccessKey: 'slipway-secret' }

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-s3-'))
})
afterAll(async () => {
  if ('stop' in s3) await s3.stop()
  await rm(root, { recursive: true })
})

describe.skipIf(skipped)(`a real S3 server${skipped}`, () => {
  test.each([
    {
      fault: 'a wrong region',
      options: { region: 'eu-west-1' },
      says: /^the object store answered 400 AuthorizationHeaderMalformed: .*"us-east-1"/,
      where: 'bucket slipway, region eu-west-1',
      hint: '--s3-region',
    },
    {
      fault: 'a wrong secret',
      options: { credentials: { ...credentials, secretAccessKey: 'other' } },
      says: /^the object store answered 403 SignatureDoesNotMatch: /,
      where: 'bucket slipway, region us-east-1',
      hint: '--s3-secret-access-key',
    },
    {
      fault: 'an unknown access key',
      options: { credentials: { ...credentials, accessKeyId: 'nobody' } },
      says: /^the object store answered 404 XAdminUserNotFound: /,
      where: 'bucket slipway, region us-east-1',
      hint: '--s3-access-key-id',
    },
    {
      fault: 'an absent bucket',
      options: { bucket: 'absent' },
      says: /^the object store answered 404 NoSuchBucket: /,
      where: 'bucket absent, region us-east-1',
      hint: '--s3-bucket',
    },
  ])('names $fault', async ({ options, says, where, hint }) => {
    if ('skipped' in s3) throw new Error(s3.skipped)
    const error = await refusal({ endpoint: s3.endpoint, bucket: s3.bucket, ...options })
    expect(error.message).toMatch(says)
    expect(error.message).toContain(`(endpoint ${s3.endpoint}, ${where})`)
    expect(error.hint).toContain(hint)
  })
})

describe('an endpoint', () => {
  const servers: Server[] = []
  afterAll(async () => {
    for (const server of servers) {
      if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  const listen = async (server: Server): Promise<string> => {
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('where nobody listens is named', async () => {
    const closed = createSilent()
    const endpoint = await listen(closed)
    await new Promise((resolve) => closed.close(resolve))
    const error = await refusal({ endpoint })
    expect(error.message).toMatch(/^the object store does not answer: connect ECONNREFUSED 127\.0\.0\.1:/)
    expect(error.message).toContain(`(endpoint ${endpoint}, bucket slipway, region us-east-1)`)
    expect(error.hint).toContain('--s3-endpoint')
  })

  test('that never answers is named, after a while', async () => {
    const endpoint = await listen(
      createSilent((socket) => socket.on('error', () => socket.destroy()).resume()),
    )
    const error = await refusal({ endpoint, answerWithinMs: 100 })
    expect(error.message).toMatch(/^the object store does not answer: no reply within 100 ms \(endpoint /)
  })

  test('that is no URL is named', async () => {
    const error = await refusal({ endpoint: 'store' })
    expect(error.message).toContain('(endpoint store, bucket slipway, region us-east-1)')
    expect(error.hint).toContain('--s3-endpoint')
  })

  test.each([
    { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' }, hint: 'Set --s3-region to eu-west-1.' },
    { status: 307, headers: {}, hint: 'Set --s3-region to the region of the bucket.' },
    { status: 400, headers: {}, hint: 'Check --s3-endpoint and --s3-region.' },
    { status: 403, headers: {}, hint: expect.stringContaining('--s3-access-key-id') as string },
    { status: 503, headers: {}, hint: expect.stringContaining('log of the object store') as string },
  ])('that answers a bare $status is named with it', async ({ status, headers, hint }) => {
    const endpoint = await listen(createServer((_, reply) => reply.writeHead(status, headers).end()))
    const error = await refusal({ endpoint })
    expect(error.message).toBe(
      `the object store answered ${status} (endpoint ${endpoint}, bucket slipway, region us-east-1)`,
    )
    expect(error.hint).toEqual(hint)
  })
})

/** The error that opening the store ends in. */
async function refusal(options: Partial<S3Options>): Promise<ApiError> {
  const opening = openS3BlobStore({
    bucket: 'slipway',
    credentials,
    cacheDir: join(root, 'cache'),
    ...options,
  })
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason as ApiError,
  )
  if (error === undefined) throw new Error('the store must not open, and did')
  expect(error).toMatchObject({ name: 'ApiError', code: 'unavailable' })
  return error
}
