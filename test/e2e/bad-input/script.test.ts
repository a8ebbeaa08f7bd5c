/** Scripts that cannot serve: the service says at which step and why, in its condition, its log and `why`. */
import type { Service, Why } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refused } from '../../support/refused.ts'
import { openStage, type Stage } from '../../support/stage.ts'

const run = '\ndef run(raw_data):\n    return raw_data\n'

const faults = [
  {
    fault: 'has a syntax error',
    script: `def init():\n    retrun 1\n${run}`,
    reason: 'ImportFailed',
    step: 'import',
    message: /invalid syntax/,
    log: /line 2[\s\S]*retrun 1[\s\S]*SyntaxError: invalid syntax/,
  },
  {
    fault: 'has no run()',
    script: 'def init():\n    pass\n',
    reason: 'ImportFailed',
    step: 'import',
    message: /does not have a run\(\) function defined/,
    log: /does not have a run\(\) function defined/,
  },
  {
    fault: 'imports what is not in its environment',
    script: `import torch_geometric\n\ndef init():\n    pass\n${run}`,
    reason: 'ImportFailed',
    step: 'import',
    message: /No module named 'torch_geometric'/,
    log: /line 1, in <module>[\s\S]*import torch_geometric[\s\S]*ModuleNotFoundError: No module named 'torch_geometric'/,
  },
  {
    fault: 'raises in init()',
    script: `def init():\n    open("weights.bin")\n${run}`,
    reason: 'InitFailed',
    step: 'init',
    message: /No such file or directory: 'weights\.bin'/,
    log: /line 2, in init[\s\S]*FileNotFoundError/,
  },
  {
    fault: 'calls sys.exit() in init()',
    script: `import sys\n\ndef init():\n    sys.exit("no licence")\n${run}`,
    reason: 'InitFailed',
    step: 'init',
    message: /init\(\) called sys\.exit\('no licence'\)/,
    log: /line 4, in init[\s\S]*SystemExit: no licence/,
  },
  {
    fault: 'ends its process in init()',
    script: `import os\n\ndef init():\n    print("leaving", flush=True)\n    os._exit(7)\n${run}`,
    reason: 'ExitedInInit',
    step: 'init',
    message: /ended its process \(exit code 7\) in init\(\)/,
    log: /leaving/,
  },
  {
    fault: 'never returns from init()',
    script: `import time\n\ndef init():\n    while True:\n        time.sleep(1)\n${run}`,
    flags: ['--init-timeout-seconds', '2'],
    reason: 'InitTimeout',
    step: 'init',
    message: /init\(\) of the script must return within 2 s/,
    log: /line 5 in init/,
  },
]

describe.each(faults)('a script that $fault', ({ fault, script, flags = [], reason, step, message, log }) => {
  const name = `s-${fault.replaceAll(/[^a-z]+/g, '-')}`.slice(0, 32).replace(/-$/, '')

  test('fails its deployment with the reason, and exit code 1', async () => {
    const stage = await theStage
    await stage.write(`${name}/score.py`, script)
    const deploy = ['service', 'deploy', name, '--entry-script', `${name}/score.py`, ...flags]
    const refusal = await refused(stage, deploy)
    expect(refusal).toMatchObject({ exit: 1, code: 'deploy-failed' })
    expect(refusal.detail).toMatch(message)
    expect(refusal.hint).toBeTruthy()
  })

  test('is Failed, with reason and traceback where people look', async () => {
    const stage = await theStage
    const { status } = await stage.json<Service>(['service', 'show', name])
    expect(status.state).toBe('Failed')
    expect(status.serving).toBeUndefined()
    expect(status.error?.code).toBe(reason)
    expect(status.error?.message).toMatch(message)
    const ready = status.conditions.find(({ type }) => type === 'Ready')
    expect(ready).toMatchObject({ status: 'false', reason })
    expect(ready?.message).toMatch(message)
    expect(await stage.output(['service', 'logs', name])).toMatch(log)

    const why = await stage.json<Why>(['why', name])
    expect(why.chain.find((link) => link.status === 'failed')?.step).toBe(step)
    expect(why.summary).toMatch(message)
    expect(why.log.join('\n')).toMatch(log)
    expect(why.hint).toBe(status.error?.hint)
  })

  test('leaves no process, and nothing at all once it is deleted', async () => {
    const stage = await theStage
    expect(await stage.workers()).toEqual([])
    await stage.output(['service', 'delete', name])
    expect(await stage.json(['service', 'list'])).toEqual([])
    expect(await stage.unfinished()).toEqual([])
  })
})

let theStage: Promise<Stage>
beforeAll(async () => {
  theStage = openStage()
  await theStage
})
afterAll(async () => (await theStage).close())
