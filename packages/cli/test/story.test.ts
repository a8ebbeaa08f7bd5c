/** Tests the command line against a real server: from a file on disk to a scored request, and what goes wrong on the way. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../src/index.ts'
import { aWorld, type WorldOptions } from './a-world.ts'
import { startServer, type RunningServer } from './local-server.ts'

const script = `
import json
from azureml.core.model import Model

def init():
    global weights
    with open(Model.get_model_path('weights')) as file:
        weights = json.load(file)

def run(data):
    print('scoring ' + data)
    return sum(w * x for w, x in zip(weights, json.loads(data)['data']))
`

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
  await mkdir(at('app'))
  await writeFile(at('app/weights.json'), '[1, 10]')
  await writeFile(at('app/score.py'), script)
  await writeFile(
    at('app/broken.py'),
    'def init():\n    raise ValueError("on purpose")\n\ndef run(data):\n    pass\n',
  )
})

afterAll(async () => {
  await server.stop()
})

describe('from a file to a reply', () => {
  test('a model is registered, listed and shown', async () => {
    const registered = await slipway('model register app/weights.json --name weights --tag kind=linear')
    expect(registered).toMatchObject({ status: 0, stderr: '' })
    expect(registered.stdout).toContain('model\tweights:1\n')
    expect((await slipway('model list --tag kind=linear')).stdout).toMatch(/^weights\t1\t7 B\t/)
    expect((await slipway('model list --tag kind=other')).stdout).toBe('')
    expect((await slipway('model list --latest --tag kind')).stdout).toMatch(/^weights\t1\t/)
    const shown = await json('model show weights')
    expect(shown).toMatchObject({ name: 'weights', version: 1, metadata: { tags: { kind: 'linear' } } })
  })

  test('a model comes back from the server byte by byte', async () => {
    const { stdout } = await slipway('model download weights back')
    expect(stdout).toBe(`${at('back/weights.json')}\n`)
    expect(await readFile(at('back/weights.json'), 'utf8')).toBe('[1, 10]')
    expect(await slipway('model download weights back')).toMatchObject({ status: 4 })
    expect(await slipway('model download weights back --exist-ok')).toMatchObject({ status: 0 })
  })

  test('one command makes the image and deploys the service', async () => {
    const deployed = await slipway('service deploy adder --model weights --entry-script app/score.py')
    expect(deployed.stderr).toMatch(/building image adder:1: .+\n(.*\n)*deploying service adder: /)
    expect(deployed.stdout).toMatch(/^service\tadder\nstate\tHealthy\n/)
    expect(deployed.status).toBe(0)
    expect((await slipway('image list')).stdout).toMatch(/^adder\t1\tSucceeded\tweights:1\tenv-/)
    expect((await slipway('service list')).stdout).toMatch(/^adder\tHealthy\tadder:1\t1\/1\thttp:/)
  })

  test('the service is scored with its key, from the command line, a file or the standard input', async () => {
    const body = '{"data":[2,3]}'
    await writeFile(at('body.json'), body)
    const readStdin = async () => new TextEncoder().encode(body)
    expect(await slipway(['service', 'score', 'adder', '--data', body])).toMatchObject({
      status: 0,
      stdout: '32',
    })
    expect(await slipway('service score adder --data @body.json')).toMatchObject({ stdout: '32' })
    expect(await slipway('service score adder --data -', { readStdin })).toMatchObject({ stdout: '32' })
    expect(await slipway('service score adder', { readStdin })).toMatchObject({ stdout: '32' })
  })

  test('a script that fails is told with the command that shows why, and that shows it', async () => {
    const failed = await slipway(['service', 'score', 'adder', '--data', 'no json'])
    expect(failed).toMatchObject({ status: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^error: the service answered 500: /)
    const [, look = ''] = /hint: See: slipway (.*)\n$/.exec(failed.stderr) ?? []
    expect((await slipway(look)).stdout).toContain('JSONDecodeError')
  })

  test('keys are shown and replaced one at a time', async () => {
    const before = await json('service keys adder')
    const after = await json('service keys adder regenerate primary --value 0123456789abcdef')
    expect(after).toEqual({ ...before, primaryKey: '0123456789abcdef' })
    expect(await slipway(['service', 'score', 'adder', '--data', '{"data":[1,1]}'])).toMatchObject({
      stdout: '11',
    })
  })

  test('an update changes what it names and leaves the rest', async () => {
    const updated = await json(
      'service update adder --scoring-timeout-ms 5000 --tag stage=test --description new',
    )
    expect(updated).toMatchObject({
      metadata: { tags: { stage: 'test' }, description: 'new' },
      spec: { image: 'adder:1', settings: { scoringTimeoutMs: 5000, authEnabled: true } },
    })
    expect(await json('service rollback adder')).toMatchObject({
      spec: { settings: { scoringTimeoutMs: 60_000 } },
    })
  })

  test('the log of a build is printed, at once and followed', async () => {
    const read = await slipway('image logs adder:1')
    expect(read.stdout).toContain('build')
    expect((await slipway('image logs adder:1 --follow')).stdout).toBe(read.stdout)
  })

  test('why tells the chain of a service that is ready', async () => {
    const { stdout, status } = await slipway('why adder')
    expect(stdout).toMatch(/^adder is ready/)
    expect(stdout).toMatch(/✓ init +\S/)
    expect(status).toBe(0)
  })

  test('a log that is followed goes on until it is interrupted', async () => {
    const stop = new AbortController()
    const { world, stdout } = worldOf('service logs adder --follow', { signal: stop.signal })
    const write = (text: string | Uint8Array) => {
      world.stdout.write(text)
      if (stdout().includes('[9,9]')) stop.abort(new Error('interrupted'))
    }
    const following = run({ ...world, stdout: { ...world.stdout, write } })
    await slipway(['service', 'score', 'adder', '--data', '{"data":[9,9]}'])
    expect(await following).toBe(130)
  })

  test('doctor finds the server', async () => {
    expect((await slipway('doctor')).stdout).toMatch(/^ok\tconnection\tserver /m)
  })
})

describe('versions', () => {
  test('another version answers who asks for it, and gets a share', async () => {
    await writeFile(at('app/next.py'), 'def init():\n    pass\n\ndef run(data):\n    return "next"\n')
    await slipway('image create --name next --entry-script app/next.py')
    const created = await slipway('service version create adder v2 --image next --description trial')
    expect(created.stdout).toMatch(
      /^version v1 \(default\)\tHealthy, adder:1, 1\/1 replicas, 100 % of requests, Control$/m,
    )
    expect(created.stdout).toMatch(
      /^version v2\tHealthy, next:1, 1\/1 replicas, 0 % of requests, Treatment$/m,
    )
    const pinned = ['service', 'score', 'adder', '--data', '{"data":[1,1]}', '--pin']
    expect(await slipway([...pinned, 'v2'])).toMatchObject({ stdout: '"next"' })
    expect(await slipway([...pinned, 'v1'])).toMatchObject({ stdout: '11' })
    expect((await slipway([...pinned, 'v3'])).stderr).toContain('v1, v2')
    await slipway('service version update adder v2 --traffic-percent 25 --shadow-percent 0')
    expect((await slipway('service version list adder')).stdout).toBe(
      'v1 (default)\tHealthy\tadder:1\t1/1\t75 %\t\tControl\nv2\tHealthy\tnext:1\t1/1\t25 %\t\tTreatment\n',
    )
  })

  test('why tells of each of them', async () => {
    expect((await slipway('why adder')).stdout).toMatch(/^version v2\n.*next:1/m)
  })

  test('a version goes back to what it was, and goes', async () => {
    await slipway('service version update adder v2 --image adder')
    expect((await slipway('service version rollback adder v2')).stdout).toContain(
      'version v2\tHealthy, next:1',
    )
    expect(await slipway('service version delete adder v2')).toMatchObject({
      status: 0,
      stdout: 'deleted version v2 of service adder\n',
    })
    expect((await slipway('service version list adder')).stdout).toMatch(/^v1 \(default\).*\n$/)
  })

  test.each([
    { words: 'service version create adder V2 --image next', says: 'the name of a version must be' },
    { words: 'service version create adder v2', says: '--image is missing' },
    { words: 'service version update adder v1', says: 'nothing to change was named' },
    {
      words: 'service version update adder v1 --traffic-percent 101',
      says: '--traffic-percent must be at most 100',
    },
  ])('$words is refused', async ({ words, says }) => {
    const { status, stderr } = await slipway(words)
    expect(stderr).toContain(says)
    expect(status).toBe(2)
  })
})

describe('a service that asks for tokens', () => {
  beforeAll(async () => {
    await writeFile(at('sample.json'), '"a sample"')
    const deploy = 'service deploy guarded --image next --token-auth-enabled --sample-request @sample.json'
    await slipway(deploy)
  })

  test('issues them, and is scored with one', async () => {
    expect((await slipway('service token guarded')).stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(await slipway(['service', 'score', 'guarded', '--data', '1'])).toMatchObject({ stdout: '"next"' })
    expect((await slipway('service show guarded')).stdout).toMatch(/^asks callers for\ta token$/m)
    expect((await slipway('service keys guarded')).status).toBe(4)
  })

  test('can revoke them', async () => {
    const before = await json('service token guarded')
    const after = await json('service token guarded --revoke')
    expect(after['accessToken']).not.toBe(before['accessToken'])
  })
})

describe('what goes wrong', () => {
  test('a script whose init fails ends the deployment with its reason, and why points at it', async () => {
    const failed = await slipway('service deploy broken --entry-script app/broken.py --verbose')
    expect(failed.status).toBe(1)
    expect(failed.stderr).toMatch(/error: .*on purpose\nhint: /)
    expect(failed.stderr).toContain('wrote layer application')
    expect((await slipway('why broken')).stdout).toMatch(/✗ init +.*on purpose/)
  })

  test('what is in use is not deleted, and the users are named', async () => {
    const refused = await slipway('model delete weights:1')
    expect(refused).toMatchObject({ status: 4, stdout: '' })
    expect(refused.stderr).toContain('used by image/adder:1')
  })

  test.each([
    { words: 'model show nothing', status: 3, says: 'there is no model nothing' },
    { words: 'service show nothing', status: 3, says: 'there is no service nothing' },
    { words: 'service logs nothing --follow', status: 3, says: 'there is no service nothing' },
    { words: 'model list --workspace nothing', status: 3, says: 'nothing' },
    { words: 'model register gone --name x', status: 2, says: 'does not exist' },
    { words: 'service deploy abc --image nothing', status: 3, says: 'nothing' },
    { words: 'service deploy adder --entry-script app/score.py', status: 4, says: 'already exists' },
    {
      words: 'image create --name x --entry-script app/score.py --model no',
      status: 3,
      says: 'there is no model no',
    },
    { words: 'image create --name x --entry-script app/score.py --enable-gpu', status: 1, says: 'enableGpu' },
    { words: 'model list --token wrong', status: 6, says: 'error: ' },
  ])('$words ends with exit code $status', async ({ words, status, says }) => {
    const outcome = await slipway(words)
    expect(outcome.stderr).toContain(says)
    expect(outcome.status).toBe(status)
  })

  test('an error is a problem document with --output json', async () => {
    const { stdout, status } = await slipway('model show nothing --output json')
    expect(JSON.parse(stdout)).toMatchObject({ code: 'not-found', status: 404 })
    expect(status).toBe(3)
  })
})

test('deleted in order, everything goes', async () => {
  for (const words of [
    'service delete adder',
    'service delete broken',
    'service delete guarded',
    'image delete adder:1',
    'image delete next:1',
    'model delete weights:1',
  ]) {
    expect(await slipway(words)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^deleted /) })
  }
  expect((await slipway('service list')).stdout + (await slipway('model list')).stdout).toBe('')
})

function at(name: string): string {
  return path.join(server.home, name)
}

function worldOf(words: string | readonly string[], options: WorldOptions = {}) {
  return aWorld(typeof words === 'string' ? words.split(' ') : words, {
    env: { SLIPWAY_HOME: server.home },
    workingFolder: server.home,
    isAlive: () => true,
    now: Date.now,
    ...options,
  })
}

async function slipway(words: string | readonly string[], options: WorldOptions = {}) {
  const { world, stdout, stderr } = worldOf(words, options)
  const status = await run(world)
  return { status, stdout: stdout(), stderr: stderr() }
}

async function json(words: string): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await slipway(`${words} --output json`)
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}
