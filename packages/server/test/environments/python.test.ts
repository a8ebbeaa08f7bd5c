/** Environments for the Pythons of this machine, old ones too. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import { afterAll, describe, expect, test } from 'vitest'
import { findInterpreters } from '../../src/environments/interpreters.ts'
import { compareVersions } from '../../src/environments/python-version.ts'
import { aBench, aSpec, never, runPython, withoutUv } from './a-builder.ts'

const folder = await mkdtemp(path.join(tmpdir(), 'slipway-'))
const cacheFile = path.join(folder, 'interpreters.json')
const found = await findInterpreters({ env: process.env, cacheFile }, never)
const old = found
  .filter(({ version }) => version.startsWith('3.6.'))
  .sort((a, b) => compareVersions(b.version, a.version))[0]
const without36 = old ? withoutUv : ' (skipped: no Python 3.6 on this machine)'
const ignore = () => undefined

afterAll(() => rm(folder, { recursive: true }))

describe('the Pythons of this machine', () => {
  test('answer for themselves', () => {
    expect(found.length).toBeGreaterThan(0)
    for (const python of found)
      expect(runPython({ siteDir: '', python }, 'import sys; print("%d.%d.%d" % sys.version_info[:3])')).toBe(
        python.version,
      )
  })

  test('are asked once: the second time they need not run', async () => {
    const startedMs = performance.now()
    expect(await findInterpreters({ env: process.env, cacheFile }, never)).toEqual(found)
    expect(performance.now() - startedMs).toBeLessThan(500)
  })

  test('strict takes the one that is asked for or none', async () => {
    await using bench = await aBench()
    const there = found[0]?.version ?? ''
    const exact = await bench.builder.resolve(aSpec([`- python==${there}`], { strict: true }), ignore, never)
    expect(exact.python.version).toBe(there)
    expect(exact.warnings).toEqual([])
    const absent = bench.builder.resolve(aSpec(['- python=3.6.2'], { strict: true }), ignore, never)
    await expect(absent).rejects.toThrow(ApiError)
    await expect(absent).rejects.toThrow('line 3 of the conda file: Python 3.6.2 is not on this machine')
  })
})

describe.skipIf(without36 !== '')(`python=3.6.2${without36}`, () => {
  test('gets the newest 3.6 with a warning, and wheels of its time', async () => {
    await using bench = await aBench()
    const spec = aSpec([
      '- python=3.6.2',
      '- pip:',
      '  - numpy==1.16.2',
      '  - inference-schema[numpy-support]',
    ])
    const resolved = await bench.builder.resolve(spec, ignore, never)
    const built = await bench.builder.build(resolved, ignore, never)
    await bench.builder.compiled(built.hash, never)
    expect(resolved.python.version).toBe(old?.version)
    expect(resolved.warnings).toContainEqual(expect.stringContaining(`${old?.version} is the nearest`))
    expect(resolved.provided).toEqual(['inference-schema'])
    expect(runPython(built, 'import numpy; print(numpy.__version__)')).toBe('1.16.2')
    const { mtimeMs } = await stat(path.join(built.siteDir, 'numpy', '__init__.py'))
    expect(mtimeMs).toBe(0)
  })
})
