// Tests of the steps: what runs, what is remembered, what a failure does.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommandError } from './run-command.mjs'
import { pending, runSteps, SetupError, Skip, skippedSteps, type Step } from './step-runner.mjs'

let stateDir = ''
let lines: string[] = []
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'slipway-steps-'))
  lines = []
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

const run = (steps: Step[], signal = new AbortController().signal): Promise<void> =>
  runSteps(steps, { stateDir, print: (line) => lines.push(line), signal })

/** A step that makes a file and counts its runs. */
function fileStep(options: Partial<Step> = {}): Step & { file: string; runs: () => number } {
  const file = path.join(stateDir, `${options.name ?? 'file'}.product`)
  let runs = 0
  return {
    name: 'file',
    what: 'making a file',
    required: true,
    inputs: () => 'same',
    present: () => existsSync(file),
    run: async () => {
      runs += 1
      writeFileSync(file, 'made')
    },
    ...options,
    file,
    runs: () => runs,
  }
}

describe('a step that succeeded', () => {
  test('is not run a second time', async () => {
    const step = fileStep()
    await run([step])
    expect(pending([step], stateDir)).toEqual([])
    await run([step])
    expect(step.runs()).toBe(1)
  })

  test('runs again when its inputs change', async () => {
    const step = fileStep()
    await run([step])
    const changed = { ...step, inputs: () => 'other' }
    expect(pending([changed], stateDir)).toEqual([changed])
    await run([changed])
    expect(step.runs()).toBe(2)
  })

  test('runs again when its result is gone', async () => {
    const step = fileStep()
    await run([step])
    rmSync(step.file)
    await run([step])
    expect(step.runs()).toBe(2)
  })

  test('runs again when an earlier step of the same run removed its result', async () => {
    const step = fileStep({ name: 'later', after: ['earlier'] })
    await run([step])
    const earlier = fileStep({ name: 'earlier', run: async () => rmSync(step.file), present: () => true })
    await run([earlier, step])
    expect(step.runs()).toBe(2)
  })

  test('runs again when its record was cut short', async () => {
    const step = fileStep()
    await run([step])
    writeFileSync(path.join(stateDir, 'file.step.json'), '{"key":')
    expect(pending([step], stateDir)).toEqual([step])
  })
})

describe('an optional step', () => {
  const optional = (error: Error): Step => ({
    ...fileStep({ name: 'tool' }),
    required: false,
    run: async () => {
      throw error
    },
  })

  test('is skipped by name with its reason, in the file and on the screen', async () => {
    await run([optional(new Skip('there is no Go'))])
    expect(JSON.parse(readFileSync(path.join(stateDir, 'skipped.json'), 'utf8'))).toEqual({
      tool: 'there is no Go',
    })
    expect(lines).toContain('set-up  tool: skipped: there is no Go')
  })

  test('that failed is not tried again until something changes', async () => {
    const step = optional(new CommandError('go ended with code 1', 'no network'))
    await run([step])
    expect(pending([step], stateDir)).toEqual([])
    expect(skippedSteps(stateDir)['tool']).toContain('go ended with code 1')
    expect(pending([{ ...step, inputs: () => 'other' }], stateDir)).toHaveLength(1)
  })

  test('leaves the list of skips once it succeeds', async () => {
    await run([optional(new Skip('there is no Go'))])
    await run([fileStep({ name: 'tool', inputs: () => 'Go is there' })])
    expect(skippedSteps(stateDir)).toEqual({})
  })
})

describe('a required step that fails', () => {
  const failing = fileStep
  const refused = (): Promise<void> =>
    Promise.reject(new CommandError('npm ci ended with code 1', 'E404 not found'))

  test('stops with the whole output, a sentence and what to do', async () => {
    const step = failing({ name: 'npm', run: refused, help: 'Check the registry.' })
    const error: SetupError = await run([step]).catch((caught) => caught)
    expect(error).toBeInstanceOf(SetupError)
    expect(error.message).toBe(
      'E404 not found\nThe set-up stopped at "npm": npm ci ended with code 1\nCheck the registry.',
    )
  })

  test('is tried again by the next run', async () => {
    await expect(run([failing({ run: refused })])).rejects.toThrow('stopped at')
    const step = failing()
    await run([step])
    expect(step.runs()).toBe(1)
  })

  test('ends the steps beside it and never starts those after it', async () => {
    const beside = fileStep({
      name: 'beside',
      run: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const after = fileStep({ name: 'after', after: ['failing'] })
    await expect(run([beside, failing({ name: 'failing', run: refused }), after])).rejects.toThrow(
      '"failing"',
    )
    expect(after.runs()).toBe(0)
  })
})

test('an interrupted run ends with the reason of the interruption', async () => {
  const controller = new AbortController()
  const step = fileStep({
    required: false,
    run: async () => {
      controller.abort(new Error('stopped by SIGINT'))
      throw new Error('the program was ended')
    },
  })
  await expect(run([step], controller.signal)).rejects.toThrow('stopped by SIGINT')
  expect(pending([step], stateDir)).toEqual([step])
})
