/** Environments resolved and built by the real tools, from the real index. */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import { describe, expect, test } from 'vitest'
import type { BuiltEnvironment } from '../../src/environments/environment-builder.ts'
import { aBench, aSpec, never, runPython, withoutUv, type Bench } from './a-builder.ts'

const science = aSpec(['- python=3', '- numpy', '- scikit-learn', '- pip:', '  - azureml-defaults'])
const small = aSpec(['- pip:', '  - six==1.17.0', '  - flask==3.1.0'])
const ignore = () => undefined

describe.skipIf(withoutUv !== '')(`an environment${withoutUv}`, () => {
  test(
    'with numpy and scikit-learn is built once, imports, and is there at once the next time',
    { timeout: 180_000 },
    async () => {
      await using bench = await aBench()
      const lines: string[] = []
      const resolved = await bench.builder.resolve(science, (line) => lines.push(line), never)
      const built = await bench.builder.build(resolved, (line) => lines.push(line), never)
      expect(resolved.provided).toEqual(['azureml-defaults'])
      expect(resolved.packages.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['numpy', 'scikit-learn', 'scipy']),
      )
      expect(resolved.packages.every(({ hashes }) => hashes.length > 0)).toBe(true)
      expect(lines.join('\n')).toContain('+ scikit-learn==')
      const program =
        'import sklearn.linear_model as m; print(m.LinearRegression().fit([[0],[1]], [0,2]).predict([[2]])[0])'
      expect(Number(runPython(built, program))).toBeCloseTo(4)

      const later = bench.another()
      const startedMs = performance.now()
      const warmLines: string[] = []
      const again = await later.resolve(science, (line) => warmLines.push(line), never)
      const warm = await later.build(again, (line) => warmLines.push(line), never)
      expect(performance.now() - startedMs).toBeLessThan(1_000)
      expect(warmLines).toEqual([])
      expect(warm).toEqual(built)
    },
  )

  test('asked for ten times at once, by two servers, is built once', async () => {
    await using bench = await aBench()
    const other = bench.another()
    const tell: string[][] = []
    const ask = async (_: unknown, at: number) => {
      const lines: string[] = (tell[at] = [])
      const builder = at % 2 === 0 ? bench.builder : other
      const resolved = await builder.resolve(small, (line) => lines.push(line), never)
      return builder.build(resolved, (line) => lines.push(line), never)
    }
    const built = await Promise.all(Array.from({ length: 10 }, ask))
    expect(new Set(built.map((environment) => JSON.stringify(environment))).size).toBe(1)
    const told = tell.filter((lines) => lines.some((line) => line.includes('+ six==1.17.0')))
    expect(told.length).toBe(5)
    expect(await readdir(path.join(bench.options.rootDir, 'staging'))).toEqual([])
  })

  test('is the same bytes wherever it is built, bytecode included', async () => {
    await using first = await aBench()
    await using second = await aBench()
    const [one, two] = await Promise.all([buildCompiled(first), buildCompiled(second)])
    expect(one.hash).toBe(two.hash)
    expect(one.digest).toBe(two.digest)
    const names = (await readdir(one.siteDir, { recursive: true })).filter((name) => name.endsWith('.pyc'))
    expect(names).toContainEqual(expect.stringMatching(/^__pycache__\/six\..*\.pyc$/))
    const bytecode = await Promise.all(
      [one, two].map(({ siteDir }) => Promise.all(names.map((name) => readFile(path.join(siteDir, name))))),
    )
    expect(bytecode[0]).toEqual(bytecode[1])
    expect(
      bytecode[0]?.every((bytes) => bytes.readUInt32LE(4) === 1 && bytes.includes('/opt/slipway/site/')),
    ).toBe(true)
    const script = await readFile(path.join(one.siteDir, 'bin', 'flask'), 'utf8')
    expect(script.split('\n')[0]).toBe('#!/usr/bin/env python3')
  })

  test('that cannot be satisfied names the package, the versions there are and the line', async () => {
    await using bench = await aBench()
    const spec = aSpec(['- python=3', '- pip:', '  - six', '  - numpy==99.0'])
    const error = await refusal(bench.builder.resolve(spec, ignore, never))
    expect(error.code).toBe('unsatisfiable')
    expect(error.message).toMatch(/^numpy==99\.0 \(line 6 of the conda file\) cannot .* newest is \d+\.\d+/)
  })

  test('with packages that exclude each other says which', async () => {
    await using bench = await aBench()
    const spec = aSpec(['- pip:', '  - flask==3.1.0', '  - werkzeug==2.0.3'])
    const error = await refusal(bench.builder.resolve(spec, ignore, never))
    expect(error.code).toBe('unsatisfiable')
    expect(error.message).toContain('flask==3.1.0 depends on werkzeug')
    expect(error.hint).toContain('werkzeug==2.0.3 (line 5 of the conda file)')
  })

  test('without a reachable index is unavailable, not unsatisfiable', async () => {
    await using bench = await aBench()
    const env = { ...process.env, UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple/', UV_HTTP_RETRIES: '0' }
    const error = await refusal(bench.another({ env }).resolve(small, ignore, never))
    expect(error.code).toBe('unavailable')
    expect(error.message).toContain('cannot be reached')
  })

  test('that was damaged is not opened, and is built again', async () => {
    await using bench = await aBench()
    const built = await buildCompiled(bench)
    await rm(path.join(built.siteDir, 'six.py'))
    const later = bench.another()
    expect(await later.open(built.hash)).toBeUndefined()
    const again = await later.build(await later.resolve(small, ignore, never), ignore, never)
    expect(again.digest).toBe(built.digest)
    expect((await stat(path.join(again.siteDir, 'six.py'))).size).toBeGreaterThan(0)
  })

  test('that is removed is gone, and so is what it was resolved to', async () => {
    await using bench = await aBench()
    const built = await buildCompiled(bench)
    await bench.builder.remove(built.hash)
    await bench.builder.remove(built.hash)
    expect(await bench.builder.open(built.hash)).toBeUndefined()
    const lines: string[] = []
    await bench.builder.resolve(small, (line) => lines.push(line), never)
    expect(lines.join('\n')).toContain('Resolved')
  })
})

describe('a bare environment', () => {
  test('is an empty folder with the newest Python of 3.10 to 3.12, if there is one', async () => {
    await using bench = await aBench()
    const resolved = await bench.builder.resolve({ runtime: 'python', strict: false }, ignore, never)
    const built = await bench.builder.build(resolved, ignore, never)
    expect(resolved.packages).toEqual([])
    expect(built.sizeBytes).toBe(0)
    expect(runPython(built, 'import sys; print(sys.version.split()[0])')).toBe(resolved.python.version)
  })

  test('for Spark is refused as long as it is not supported', async () => {
    await using bench = await aBench()
    const error = await refusal(bench.builder.resolve({ runtime: 'spark-py', strict: false }, ignore, never))
    expect(error.code).toBe('unsupported')
  })
})

async function buildCompiled({ builder }: Bench): Promise<BuiltEnvironment> {
  const environment = await builder.build(await builder.resolve(small, ignore, never), ignore, never)
  await builder.compiled(environment.hash, never)
  return environment
}

async function refusal(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof ApiError) return error
  throw error
}
