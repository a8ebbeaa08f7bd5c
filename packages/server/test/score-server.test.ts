/** `slipway score-server --environment`: the script runs in an environment that is installed for it. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram, type RunningProgram } from '../../../test/support/run-program.ts'

const slipway = path.resolve(import.meta.dirname, '../../../bin/slipway')
const script = `
import os
import sys

def init():
    pass

def run(data):
    return [os.environ["FROM_FILE"], any("environments" in place for place in sys.path)]
`

let folder: string
let programs: RunningProgram[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'score-server-'))
  programs = []
  await writeFile(path.join(folder, 'score.py'), script)
})
afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL')
  await Promise.all(programs.map(({ finished }) => finished))
  await rm(folder, { recursive: true })
})

async function start(condaFile: string): Promise<RunningProgram> {
  await writeFile(path.join(folder, 'env.yml'), condaFile)
  const flags = ['--entry-script', 'score.py', '--environment', 'env.yml', '--port', '0']
  const env = { ...process.env, XDG_CACHE_HOME: path.join(folder, 'cache'), TMPDIR: folder }
  const program = startProgram([slipway, 'score-server', ...flags], { cwd: folder, env })
  programs.push(program)
  return program
}

async function portOf(program: RunningProgram): Promise<number> {
  for await (const line of program.lines) {
    const port = /Listening on .*, port (\d+)/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  const { code, stdout, stderr } = await program.finished
  throw new Error(`the score server ended with ${code}:\n${stdout}\n${stderr}`)
}

test('installs the environment, keeps it, and runs the script in it', async () => {
  const program = await start('dependencies:\n  - python\nvariables:\n  FROM_FILE: yes it is\n')
  const response = await fetch(`http://127.0.0.1:${await portOf(program)}/score`, {
    method: 'POST',
    body: '',
  })
  expect(await response.json()).toEqual(['yes it is', true])
  program.kill('SIGTERM')
  expect((await program.finished).code).toBe(0)
  expect(await readdir(path.join(folder, 'cache', 'slipway', 'environments'))).not.toEqual([])
})

test('ends with 1 and names the line of a conda file that is wrong', async () => {
  const { finished } = await start('dependencies:\n  - python\nchanels: []\n')
  const { code, stderr } = await finished
  expect(stderr).toContain('line 3 of the conda file: unknown key chanels')
  expect(code).toBe(1)
})
