/** Services that cannot be, and requests that services refuse. */
import { score } from '@slipway/sdk'
import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf, refused } from '../../support/refused.ts'
import { openStage, type Stage } from '../../support/stage.ts'

const maxBodyBytes = 2 ** 20

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ flags: ['--max-body-mb', '1'] })
  await stage.write('score.py', 'def init():\n    pass\n\ndef run(raw_data):\n    return len(raw_data)\n')
  await stage.output(['service', 'deploy', 'taken', '--entry-script', 'score.py'])
  await stage.output(['workspace', 'create', 'other'])
  await stage.output([
    'image',
    'create',
    '--workspace',
    'other',
    '--name',
    'theirs',
    '--entry-script',
    'score.py',
  ])
})
afterAll(() => stage?.close())

describe('a service is refused', () => {
  const onlyTheOtherRuns = async () => {
    const services = await stage.json<{ name: string }[]>(['service', 'list'])
    expect(services.map(({ name }) => name)).toEqual(['taken'])
    expect(await stage.workers()).toHaveLength(1)
  }
  afterEach(onlyTheOtherRuns)

  const deploy = (name: string, image = 'taken') => ['service', 'deploy', name, '--image', image]
  const viaApi = (name: string) =>
    refusalOf(
      stage.client.services.deploy({ params: { workspace: 'default' }, body: { name, image: 'taken' } }),
    )
  const rule = 'must be 3 to 32 lower-case letters, digits and dashes, and start with a letter'

  test.each([
    { fault: 'capitals', name: 'MyService' },
    { fault: '33 characters', name: 'a'.repeat(33) },
    { fault: 'two characters', name: 'ab' },
    { fault: 'a digit in front', name: '1st-service' },
    { fault: 'an underscore', name: 'my_service' },
  ])('when its name has $fault', async ({ name }) => {
    const refusal = await refused(stage, deploy(name))
    expect(refusal).toMatchObject({ exit: 2, detail: `the name of a service ${rule}, got ${name}` })
    expect(await viaApi(name)).toMatchObject({
      status: 422,
      code: 'invalid',
      fields: [{ path: 'body.name', message: expect.stringContaining(rule) as string }],
    })
  })

  test('when its name is taken', async () => {
    expect(await refused(stage, deploy('taken'))).toMatchObject({ exit: 4, code: 'conflict' })
    const { detail } = await refused(stage, deploy('taken'))
    expect(detail).toContain('taken')
  })

  test('before its image is built, when its name is taken', async () => {
    const images = await stage.json(['image', 'list'])
    const refusal = await refused(stage, ['service', 'deploy', 'taken', '--entry-script', 'score.py'])
    expect(refusal).toMatchObject({ exit: 4, code: 'conflict', detail: 'the service taken already exists' })
    expect(await stage.json(['image', 'list'])).toEqual(images)
  })

  test('when its image is in another workspace', async () => {
    const { exit, code, detail } = await refused(stage, deploy('mine', 'theirs'))
    expect({ exit, code }).toEqual({ exit: 3, code: 'not-found' })
    expect(detail).toContain('theirs')
  })

  test('when its image has no such version', async () => {
    const { exit, code, detail } = await refused(stage, deploy('mine', 'taken:9'))
    expect({ exit, code }).toEqual({ exit: 3, code: 'not-found' })
    expect(detail).toContain('taken:9')
  })

  test.each([
    { flags: ['--num-replicas', '0'], rule: /num-replicas must be at least 1 \(0\)/ },
    { flags: ['--num-replicas', 'many'], rule: /num-replicas.*many/ },
    { flags: ['--memory-gb', '-1'], rule: /memory-gb|memoryGb/ },
    { flags: ['--scoring-timeout-ms', '1'], rule: /scoring-timeout-ms|scoringTimeoutMs/ },
    { flags: ['--environment-variable', '1A=b'], rule: /must be a name of letters, digits and underscores/ },
  ])('when it has $flags', async ({ flags, rule }) => {
    const { exit, detail } = await refused(stage, [...deploy('mine'), ...flags])
    expect(exit).toBe(2)
    expect(detail).toMatch(rule)
  })

  test('when it is changed into what cannot be, and stays as it was', async () => {
    const before = await stage.json(['service', 'show', 'taken'])
    expect(await refused(stage, ['service', 'update', 'taken', '--image', 'nobody'])).toMatchObject({
      exit: 3,
      code: 'not-found',
    })
    expect(await refused(stage, ['service', 'rollback', 'taken'])).toMatchObject({
      exit: 4,
      code: 'conflict',
    })
    expect(await stage.json(['service', 'show', 'taken'])).toEqual(before)
  })

  test('nobody else finds an image or a model in use deleted under it', async () => {
    const { exit, code, detail } = await refused(stage, ['image', 'delete', 'taken:1'])
    expect({ exit, code }).toEqual({ exit: 4, code: 'in-use' })
    expect(detail).toContain('taken')
  })
})

describe('a service refuses a request', () => {
  const call = async () => {
    const params = { workspace: 'default', name: 'taken' }
    const [{ status }, { primaryKey }] = await Promise.all([
      stage.client.services.get({ params }),
      stage.client.services.keys({ params }),
    ])
    return { scoringUri: status.scoringUri, key: primaryKey as string | undefined, body: '1' }
  }
  const replyTo = async (change: { key?: string | undefined; authorization?: string }) => {
    const { key, authorization } = change
    const headers = authorization === undefined ? undefined : { authorization }
    const reply = await score({ ...(await call()), key, headers })
    return { status: reply.status, body: reply.text(), challenge: reply.headers.get('www-authenticate') }
  }
  const unauthorized = (message: string) => ({
    status: 401,
    body: JSON.stringify({ message }).replace('":"', '": "'),
    challenge: 'Bearer',
  })

  test('without a key', async () => {
    expect(await replyTo({})).toEqual(unauthorized('Unauthorized, no auth header'))
  })

  test('with a wrong key', async () => {
    expect(await replyTo({ key: 'x'.repeat(32) })).toEqual(unauthorized('Unauthorized, the key is not valid'))
  })

  test('with another scheme than Bearer', async () => {
    expect(await replyTo({ authorization: 'Basic dTpw' })).toEqual(
      unauthorized('Unauthorized, the Authorization header must read Bearer <key>'),
    )
  })

  test('with a body over the limit, and takes one of just that size', async () => {
    const { key, scoringUri } = await call()
    const fits = await score({ scoringUri, key, body: 'x'.repeat(maxBodyBytes) })
    expect({ status: fits.status, text: fits.text() }).toEqual({ status: 200, text: String(maxBodyBytes) })
    const over = await score({ scoringUri, key, body: 'x'.repeat(maxBodyBytes + 1) })
    expect(over.status).toBe(413)
    expect(over.text()).toBe(`{"message": "The request body must not exceed ${maxBodyBytes} bytes."}`)
  })

  test('with a body over the limit also when its size was not announced', async () => {
    const { key = '', scoringUri } = await call()
    expect(await statusOfChunks(scoringUri, key)).toBe(413)
    expect((await score(await call())).status).toBe(200)
  })

  test('at a path that it does not have', async () => {
    const { scoringUri, key } = await call()
    const reply = await fetch(`${scoringUri}/more`, { headers: { authorization: `Bearer ${key}` } })
    expect(reply.status).toBe(404)
  })
})

/** Sends two megabytes in chunks, without a length. */
function statusOfChunks(scoringUri: string, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'transfer-encoding': 'chunked' }
    const sending = request(scoringUri, { method: 'POST', headers }, (reply) => {
      reply.resume()
      resolve(reply.statusCode ?? 0)
    })
    // Once the reply is here, the server may cut what is still being sent.
    sending.on('error', reject)
    sending.write('x'.repeat(maxBodyBytes))
    sending.end('x'.repeat(maxBodyBytes))
  })
}
