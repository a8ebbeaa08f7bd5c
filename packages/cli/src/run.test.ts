/** Tests command lines as far as they come without a server: help, usage, exit codes. */
import { describe, expect, test } from 'vitest'
import { aWorld, type WorldOptions } from '../test/a-world.ts'
import { nouns } from './catalogue.ts'
import { run } from './run.ts'

describe('help', () => {
  test('lists every noun', async () => {
    const { status, stdout } = await slipway(['--help'])
    expect(status).toBe(0)
    for (const { name, summary } of nouns)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'))
  })

  test('is what a bare slipway prints', async () => {
    expect(await slipway([])).toEqual(await slipway(['--help']))
  })

  test('of a verb shows its flags with their defaults', async () => {
    const { stdout } = await slipway(['service', 'deploy', '--help'])
    expect(stdout).toMatch(
      /--max-queue-length <number> +Requests that may wait for a free replica[^(]+\(default:\s+1000\)/,
    )
    expect(stdout).toMatch(/--environment-variable <key=value>/)
    expect(stdout).toMatch(/--token <token>/)
  })

  test('of a list shows its filters, and switches without a value', async () => {
    const { stdout } = await slipway(['model', 'list', '--help'])
    expect(stdout).toMatch(/--latest +Only the latest version of each name\./)
    expect(stdout).toMatch(/--tag <text> +Only items with this tag/)
  })

  test.each(nouns.map(({ name }) => name))('of %s can be shown', async (name) => {
    const { status, stdout } = await slipway([name, '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain(`slipway ${name}`)
  })
})

describe('a wrong command line', () => {
  test.each([
    { argv: ['modl', 'list'], says: "unknown command 'modl'" },
    { argv: ['model', 'lst'], says: "unknown command 'lst' (Did you mean list?)" },
    { argv: ['model', 'list', '--colour'], says: "unknown option '--colour'" },
    { argv: ['model', 'show'], says: "missing required argument 'name[:version]'" },
    { argv: ['model', 'register', 'x'], says: '--name is missing' },
    { argv: ['model', 'register', 'x', '--name', '.x'], says: '--name must start with a letter or digit' },
    {
      argv: ['model', 'register', 'x', '--name', 'x', '--tag', 'novalue'],
      says: 'It must look like key=value.',
    },
    {
      argv: ['model', 'list', '--limit', 'many'],
      says: '--limit must be a number from 1, got many',
      url: true,
    },
    { argv: ['model', 'show', 'a:b'], says: 'a name looks like NAME or NAME:VERSION, got a:b', url: true },
    { argv: ['model', 'delete', 'weights'], says: 'a version must be named, got weights' },
    { argv: ['service', 'deploy', 'x', '--image', 'i'], says: 'must be 3 to 32 lower-case letters' },
    { argv: ['service', 'deploy', 'abc'], says: '--image or --entry-script is missing' },
    { argv: ['service', 'deploy', 'abc', '--image', 'i', '--entry-script', 's'], says: 'exclude each other' },
    {
      argv: ['service', 'deploy', 'abc', '--image', 'i', '--num-replicas', 'two'],
      says: 'It must be a number.',
    },
    {
      argv: ['service', 'deploy', 'abc', '--image', 'i', '--num-replicas', '0'],
      says: '--num-replicas must be at least 1 (0)',
    },
    {
      argv: ['service', 'deploy', 'abc', '--image', 'i', '--auth-enabled', 'no'],
      says: 'must be true or false',
    },
    {
      argv: ['service', 'deploy', 'abc', '--image', 'i', '--target', 'moon'],
      says: 'Allowed choices are process',
    },
    { argv: ['service', 'update', 'abc'], says: 'nothing to change was named' },
    { argv: ['service', 'keys', 'abc', 'rotate'], says: 'what can be done with keys is regenerate' },
    { argv: ['model', 'list', '--url', 'host:1', '--token', 't'], says: 'a server’s address looks like' },
  ])('$argv is refused with exit code 2', async ({ argv, says, url }) => {
    const { status, stdout, stderr } = await slipway([
      ...argv,
      ...(url ? ['--url', 'http://h', '--token', 't'] : []),
    ])
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/^error: /)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  test('is told as a document with --output json', async () => {
    const { status, stdout } = await slipway(['model', 'lst', '--output', 'json'])
    expect(JSON.parse(stdout)).toEqual({
      code: 'usage',
      detail: "unknown command 'lst' (Did you mean list?)",
      hint: 'See: slipway model --help',
    })
    expect(status).toBe(2)
  })
})

test('a wrong flag points at the help of its command', async () => {
  const { stderr } = await slipway([
    '--verbose',
    'service',
    'version',
    'update',
    'fraud',
    'v2',
    '--imag',
    'x',
  ])
  expect(stderr).toMatch(/^hint: See: slipway service version update --help$/m)
})

describe('without a server', () => {
  test('a command says how to start one, with exit code 5', async () => {
    const { status, stderr } = await slipway(['model', 'list'])
    expect(stderr).toBe(
      'error: no server is running\nhint: Start one with: slipway serve. Or name one with --url or SLIPWAY_URL.\n',
    )
    expect(status).toBe(5)
  })

  test('a server that does not answer is named, with exit code 5', async () => {
    const { status, stderr } = await slipway(['model', 'list', '--url', 'http://127.0.0.1:8', '--token', 't'])
    expect(stderr).toContain('error: no server answers at http://127.0.0.1:8')
    expect(status).toBe(5)
  })

  test('an interrupted command ends with exit code 130', async () => {
    const options = { signal: AbortSignal.abort(new Error('interrupted')) }
    const argv = ['model', 'list', '--url', 'http://127.0.0.1:8', '--token', 't']
    expect(await slipway(argv, options)).toMatchObject({ status: 130, stderr: 'interrupted\n' })
  })

  test('doctor shows what it could check and fails', async () => {
    const { status, stdout } = await slipway(['doctor'])
    expect(stdout).toContain('ok\tnode\tNode 24.0.0')
    expect(stdout).toContain('failed\tconnection\tno server is running')
    expect(status).toBe(1)
  })
})

async function slipway(argv: readonly string[], options: WorldOptions = {}) {
  const { world, stdout, stderr } = aWorld(argv, options)
  const status = await run(world)
  return { status, stdout: stdout(), stderr: stderr() }
}
