/** The worker serves under every Python that services may name. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prefix, ScoringStack } from './scoring-stack.ts'
import { doubles } from './scripts.ts'

const versions = ['3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13']

describe('a service scores and is described', () => {
  let stack: ScoringStack
  beforeAll(async () => {
    stack = await ScoringStack.open()
  })
  afterAll(async () => await stack.close())

  for (const version of versions) {
    const python = interpreter(version)
    test.skipIf(python === undefined)(`under Python ${version}, where it is installed`, async () => {
      const worker = await stack.startWorker(doubles, { python })
      await stack.route([worker])
      expect(worker.events[0]).toMatchObject({
        event: 'starting',
        python: expect.stringContaining(`${version}.`),
      })
      expect(await (await stack.post('{"data": [1, 2.5]}')).text()).toBe('{"result": [2, 5.0]}')
      const swagger = await fetch(`${stack.origin}${prefix}/swagger.json`)
      expect(await swagger.json()).toMatchObject({ swagger: '2.0', info: { title: 'ML service' } })
    })
  }
})

/** Installed by pyenv, or on the PATH; a shim of pyenv that leads nowhere is none. */
function interpreter(version: string): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, `python${version}`))
  const pyenv = process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv')
  const ofPyenv = globSync(path.join(pyenv, `versions/${version}.*/bin/python`))
  return [...ofPyenv, ...onPath].find((file) => existsSync(file) && isPython(file, version))
}

function isPython(file: string, version: string): boolean {
  const { stdout } = spawnSync(file, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  return String(stdout).trim() === version
}
