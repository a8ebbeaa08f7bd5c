/** The score server as a developer starts it: a real process, real workers, and what is printed. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunningScoreServer } from './running-score-server.ts'

const echo = 'def init():\n    print("starting")\n\ndef run(data):\n    print("got", data)\n    return data\n'
const obeys = `
import os
import time

def init():
    pass

def run(data):
    if data == "die":
        os._exit(1)
    if data.startswith("sleep"):
        print("sleeps")
        time.sleep(float(data[6:]))
    return [data, os.getpid()]
`

let folder: string
let started: RunningScoreServer[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'score-server-'))
  started = []
})
afterEach(async () => {
  await Promise.all(started.map((server) => server.kill()))
  await rm(folder, { recursive: true })
})

async function write(name: string, text: string): Promise<void> {
  await writeFile(path.join(folder, name), text)
}

function start(argv: readonly string[], env: Record<string, string> = {}): RunningScoreServer {
  const server = new RunningScoreServer(['--port', '0', ...argv], { folder, env })
  started.push(server)
  return server
}

async function serve(script: string, argv: readonly string[] = []): Promise<RunningScoreServer> {
  await write('score.py', script)
  const server = start(['--entry-script', 'score.py', ...argv])
  await server.ready()
  return server
}

describe('serving', () => {
  test('answers, logs each call in one line, and drains when told to end', async () => {
    const server = await serve(echo)
    expect(await server.post('"x"', '?a=1')).toEqual([200, '"\\"x\\""'])
    server.signal('SIGTERM')
    expect(await server.end()).toBe(0)
    const line = String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} I \[\d+\] `
    expect(server.stdout).toMatch(new RegExp(`${line}azmlinfsrv\\.print - starting$`, 'm'))
    expect(server.stdout).toMatch(new RegExp(`${line}azmlinfsrv\\.print - got "x"$`, 'm'))
    expect(server.stdout).toMatch(
      new RegExp(`${line}azmlinfsrv - POST /score\\?a=1 200 \\d+\\.\\d{3}ms 7$`, 'm'),
    )
    expect(server.stdout).toContain('Worker Count: 1\n')
  })

  test('a running call is answered after the signal', async () => {
    const server = await serve(obeys)
    const running = server.post('sleep 0.5')
    await server.says('azmlinfsrv.print - sleeps')
    server.signal('SIGTERM')
    expect((await running)[0]).toBe(200)
    expect(await server.end()).toBe(0)
  })

  test('several workers share the calls', async () => {
    const server = await serve(obeys, ['--worker_count', '2'])
    const replies = await Promise.all([server.post('sleep 0.3'), server.post('sleep 0.3')])
    expect(new Set(replies.map(([, body]) => body)).size).toBe(2)
  })

  test('a worker that dies is started again', async () => {
    const server = await serve(obeys)
    expect(await server.post('die')).toEqual([
      502,
      '{"message": "Replica closed connection before replying"}',
    ])
    expect((await server.post('again'))[0]).toBe(200)
    expect(server.stdout).toMatch(
      /E \[\d+\] azmlinfsrv - a worker ended \(exit code 1\) and starts again in 0 ms/,
    )
  })

  test('health answers 503 and calls wait while init() runs', async () => {
    await write(
      'score.py',
      `import time\ndef init():\n    time.sleep(0.5)\n\ndef run(data):\n    return data\n`,
    )
    const server = start(['--entry-script', 'score.py'])
    await server.listening()
    expect((await server.get('/'))[0]).toBe(503)
    expect(await server.post('x')).toEqual([200, '"x"'])
    expect(await server.get('/')).toEqual([200, 'Healthy'])
  })

  test('health has a port of its own when asked for', async () => {
    await write('score.py', echo)
    const server = start(['--entry-script', 'score.py', '--health_port', '0'], {
      SEPERATE_HEALTH_ENDPOINT: 'true',
    })
    await server.ready()
    const port = Number(/Health Port: (\d+)/.exec(server.stdout)?.[1])
    expect(port).not.toBe(server.port)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('Healthy')
  })

  test('JSON lines carry the id of the request', async () => {
    const server = await serve(echo, ['--log-format', 'json'])
    await server.post('x', '', { 'x-request-id': 'mine' })
    server.signal('SIGTERM')
    await server.end()
    const lines = server.stdout.trim().split('\n')
    const told = lines.map((line) => JSON.parse(line) as { requestId?: string; text: string })
    const mine = told.filter(({ requestId }) => requestId === 'mine').map(({ text }) => text)
    expect(mine).toEqual(['got x', expect.stringMatching(/^POST \/score 200 /)])
  })
})

describe('settings', () => {
  test('a config.json of the application names the script', async () => {
    await write(
      'score.py',
      `import os\ndef init():\n    pass\n\ndef run(data):\n    return os.environ["AZUREML_MODEL_DIR"]\n`,
    )
    await write('config.json', '{"AZUREML_ENTRY_SCRIPT": "score.py", "AZUREML_MODEL_DIR": "./m", "TYPO": 1}')
    const server = start([])
    await server.ready()
    expect(await server.post('')).toEqual([200, '"./m"'])
    expect(server.stdout).toMatch(
      /W \[\d+\] azmlinfsrv - .*config\.json has settings that are not known: TYPO\./,
    )
  })

  test('main.py serves where no script is named', async () => {
    await write('main.py', echo)
    const server = start([])
    await server.ready()
    expect(await server.post('x')).toEqual([200, '"x"'])
  })
})

describe('what cannot serve', () => {
  test.each([
    { script: 'def init(:\n', text: /SyntaxError/ },
    { script: 'import no_such_module\n', text: /ModuleNotFoundError: No module named 'no_such_module'/ },
    {
      script: 'def init():\n    raise OSError("no model")\n\ndef run(data):\n    pass\n',
      text: /OSError: no model/,
    },
    { script: 'def init():\n    pass\n', text: /does not have a run\(\) function defined/ },
    { script: 'import os\nos._exit(9)\n', text: /exit code 9/ },
  ])('$script ends with 3 and $text', async ({ script, text }) => {
    await write('score.py', script)
    const server = start(['--entry-script', 'score.py', '--worker-count', '2'])
    expect(await server.end()).toBe(3)
    expect(server.stdout).toMatch(text)
  })

  test.each([
    { argv: [], code: 1, text: /no script is named/ },
    { argv: ['--entry-script', 'none.py'], code: 3, text: /none\.py does not exist/ },
    { argv: ['--worker-count', 'x'], code: 1, text: /--worker-count must be a whole number/ },
    { argv: ['--config-file', 'none.json'], code: 3, text: /the configuration file cannot be read/ },
    {
      argv: ['--entry-script', 'a.py', '--environment', 'b.yml'],
      code: 1,
      text: /--environment needs Slipway/,
    },
    { argv: ['--entry-script', 'a.py', '--python', '/none'], code: 3, text: /\/none cannot be started/ },
  ])('$argv ends with $code', async ({ argv, code, text }) => {
    const server = start(argv)
    expect(await server.end()).toBe(code)
    expect(server.stdout + server.stderr).toMatch(text)
  })

  test('a setting that is no number ends with 3 and names it', async () => {
    await write('score.py', echo)
    const server = start(['--entry-script', 'score.py'], { SCORING_TIMEOUT_MS: 'soon' })
    expect(await server.end()).toBe(3)
    expect(server.stdout).toContain('SCORING_TIMEOUT_MS must be a whole number (soon)')
  })

  test('a port in use ends with 1, and the server that has it goes on', async () => {
    const first = await serve(echo)
    const second = start(['--entry-script', 'score.py', '--port', String(first.port)])
    expect(await second.end()).toBe(1)
    expect(second.stderr).toContain('the port cannot be opened')
    expect((await first.post('x'))[0]).toBe(200)
  })

  test('an address of another machine ends with 1 and names the flag', async () => {
    await write('score.py', echo)
    const server = start(['--entry-script', 'score.py', '--host', '192.0.2.1'])
    expect(await server.end()).toBe(1)
    expect(server.stderr).toMatch(/the port cannot be opened: .*192\.0\.2\.1.*--host/)
  })
})

describe('told to end before it serves', () => {
  const waits =
    'import time\ndef init():\n    print("waits")\n    time.sleep(60)\n\ndef run(data):\n    return data\n'

  test('it ends at once, though a call waits', async () => {
    await write('score.py', waits)
    const server = start(['--entry-script', 'score.py'])
    await server.says('azmlinfsrv.print - waits')
    const waiting = server.post('x').catch(() => 'cut')
    expect((await server.get('/'))[0]).toBe(503)
    server.signal('SIGTERM')
    expect(await server.end()).toBe(0)
    expect(await waiting).toBe('cut')
  })

  test('it ends at once while a changed script starts', async () => {
    const server = await serve(echo, ['--reload'])
    await write('score.py', waits)
    await server.says('azmlinfsrv.print - waits')
    server.signal('SIGTERM')
    expect(await server.end()).toBe(0)
  })
})

describe('--reload', () => {
  const says = (text: string) => `def init():\n    pass\n\ndef run(data):\n    return "${text}"\n`

  test('serves the changed script, and keeps the one of before when the change is broken', async () => {
    const server = await serve(says('one'), ['--reload'])
    expect(await server.post('')).toEqual([200, '"one"'])
    await write('score.py', says('two'))
    await server.says('the changed script is served')
    expect(await server.post('')).toEqual([200, '"two"'])
    await write('score.py', 'def init(:\n')
    await server.says('the change is not served')
    expect(server.stdout).toContain('SyntaxError')
    expect(await server.post('')).toEqual([200, '"two"'])
    await write('score.py', says('three'))
    await server.says('the changed script is served', 2)
    expect(await server.post('')).toEqual([200, '"three"'])
  })

  test('notices files that an editor puts in the place of others, and new folders', async () => {
    const server = await serve(says('one'), ['--reload'])
    const soon = { timeout: 20_000 }
    for (const text of ['two', 'three']) {
      await write('score.py.new', says(text))
      await rename(path.join(folder, 'score.py.new'), path.join(folder, 'score.py'))
      await expect.poll(() => server.post(''), soon).toEqual([200, `"${text}"`])
    }
    await mkdir(path.join(folder, 'deep'))
    await write('deep/word.py', 'word = "four"\n')
    await write('score.py', 'from deep.word import word\n' + says('').replace('""', 'word'))
    await expect.poll(() => server.post(''), soon).toEqual([200, '"four"'])
    await write('deep/word.py', 'word = "five"\n')
    await expect.poll(() => server.post(''), soon).toEqual([200, '"five"'])
    server.signal('SIGTERM')
    expect(await server.end()).toBe(0)
  })
})
