/** Programs that are run to their end, or stopped. */
import { describe, expect, test } from 'vitest'
import { runTool, toolEnvironment, type ToolRun } from './run-tool.ts'

const never = new AbortController().signal

describe('running a tool', () => {
  test('hands on the lines of both streams, and returns them', async () => {
    const lines: string[] = []
    const result = await runTool(
      aScript('console.log("out\\nmore"); console.error("err")'),
      (line) => lines.push(line),
      never,
    )
    expect(result).toEqual({ exitCode: 0, stdout: 'out\nmore', stderr: 'err' })
    expect(lines.toSorted((a, b) => a.localeCompare(b))).toEqual(['err', 'more', 'out'])
  })

  test('keeps an answer to itself, feeds input and reports the status', async () => {
    const lines: string[] = []
    const script =
      'process.stdin.on("data", (data) => console.log(String(data).toUpperCase())).on("end", () => process.exit(3))'
    const result = await runTool(
      { ...aScript(script), input: 'abc', quiet: true },
      (line) => lines.push(line),
      never,
    )
    expect(result).toMatchObject({ exitCode: 3, stdout: 'ABC' })
    expect(lines).toEqual([])
  })

  test('says 127 for a program that is not there', async () => {
    const { exitCode } = await runTool(
      { ...aScript(''), command: '/nonexistent/tool' },
      () => undefined,
      never,
    )
    expect(exitCode).toBe(127)
  })

  test('stops the tool and what it has started when it is given up', async () => {
    const controller = new AbortController()
    // The second process holds the output open: the run can only end when it has ended too.
    const script = `console.log('started')
      require('node:child_process').spawnSync(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`
    const stop = () => controller.abort(new Error('enough'))
    await expect(runTool(aScript(script), stop, controller.signal)).rejects.toThrow('enough')
  })

  test('gives a tool no secrets of the server', () => {
    const env = {
      PATH: '/bin',
      UV_CACHE_DIR: '/c',
      PIP_INDEX_URL: 'i',
      https_proxy: 'p',
      SLIPWAY_TOKEN: 't',
      AWS_SECRET: 's',
      PYTHONPATH: 'x',
    }
    expect(Object.keys(toolEnvironment(env))).toEqual([
      'PATH',
      'UV_CACHE_DIR',
      'PIP_INDEX_URL',
      'https_proxy',
    ])
  })
})

function aScript(script: string): ToolRun {
  return {
    command: process.execPath,
    args: ['-e', script],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
  }
}
