/** What a worker says on its control channel when a script cannot serve, and what it leaves behind. */
import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ScoringStack } from './scoring-stack.ts'
import { doubles } from './scripts.ts'

let stack: ScoringStack
beforeAll(async () => {
  stack = await ScoringStack.open()
})
afterAll(async () => await stack.close())

test.each([
  {
    name: 'an import that is missing',
    script: 'import no_such_module\n',
    failure: { phase: 'import', type: 'ModuleNotFoundError', message: "No module named 'no_such_module'" },
  },
  {
    name: 'a syntax error',
    script: 'def init(:\n',
    failure: { phase: 'import', type: 'SyntaxError' },
  },
  {
    name: 'no run()',
    script: 'def init():\n    pass\n',
    failure: {
      phase: 'signature',
      message: expect.stringMatching(/does not have a run\(\) function defined\.$/),
    },
  },
  {
    name: 'a run() without a parameter',
    script: 'def init():\n    pass\ndef run():\n    pass\n',
    failure: { phase: 'signature', message: 'run() needs to accept an argument for input data.' },
  },
  {
    name: 'a run() that takes anything',
    script: 'def init():\n    pass\ndef run(*data):\n    pass\n',
    failure: {
      phase: 'signature',
      message: 'run() cannot accept positional-only arguments, *args, or **kwargs.',
    },
  },
  {
    name: 'an init() that raises',
    script: 'def init():\n    raise OSError("no model")\ndef run(data):\n    pass\n',
    failure: { phase: 'init', type: 'OSError', message: 'no model' },
  },
  {
    name: 'an init() that exits',
    script: 'import sys\ndef init():\n    sys.exit(0)\ndef run(data):\n    pass\n',
    failure: { phase: 'init', type: 'SystemExit', message: 'init() called sys.exit(0)' },
  },
])('$name is reported and ends the worker with status 3', async ({ script, failure }) => {
  const worker = await stack.startWorker(script)
  expect(await worker.ended).toBe(3)
  expect(worker.events.at(-1)).toMatchObject({ event: 'failed', ...failure })
})

test('a traceback shows the script and nothing of the worker', async () => {
  const worker = await stack.startWorker(
    'def init():\n    deeper()\ndef deeper():\n    1 / 0\ndef run(data):\n    pass\n',
  )
  await worker.ended
  const traceback = String(worker.events.at(-1)?.traceback)
  expect(traceback).toContain('score.py", line 4, in deeper')
  expect(traceback).not.toContain('slipway_worker')
})

test('what init() prints goes to the control channel, in order and before it is ready', async () => {
  const worker = await stack.startWorker(
    'def init():\n    print("one")\n    print("two", end="")\ndef run(data):\n    pass\n',
  )
  expect(worker.events.map((event) => event.text ?? event.event)).toEqual([
    'starting',
    'importing',
    'init',
    'one',
    'two',
    'ready',
  ])
})

test('the socket is for its owner only, and is gone when the worker has ended', async () => {
  const worker = await stack.startWorker(doubles)
  const { mode } = await stat(worker.endpoint.socketPath)
  expect(mode & 0o777).toBe(0o600)
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  await expect(stat(worker.endpoint.socketPath)).rejects.toThrow('ENOENT')
})
