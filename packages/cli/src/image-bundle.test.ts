/** Tests which files go into an image, and where they stand in it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collectBundle, type BundlePaths } from './image-bundle.ts'

let folder = ''

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-bundle-')))
  await mkdir(path.join(folder, 'app/lib/__pycache__'), { recursive: true })
  await mkdir(path.join(folder, 'shared'))
  const names = ['app/score.py', 'app/lib/a.py', 'app/lib/__pycache__/a.pyc', 'shared/b.py', 'shared/a.py']
  for (const name of names) await writeFile(path.join(folder, name), name)
  await writeFile(path.join(folder, 'app/env.yml'), 'name: x\n')
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('a bundle', () => {
  test('of a script is the script, under its own name', async () => {
    const bundle = await collect({ entryScript: 'app/score.py', condaFile: 'app/env.yml' })
    expect(bundle.files.map((file) => file.path)).toEqual(['score.py'])
    expect(bundle.fields).toEqual({ entryScript: 'score.py' })
    expect(bundle.condaFile).toBe('name: x\n')
  })

  test('keeps dependencies where they stand to the script, and puts others beside it', async () => {
    const bundle = await collect({
      entryScript: 'app/score.py',
      dependencies: ['app/lib', 'shared/b.py', 'shared'],
    })
    expect(bundle.files.map((file) => file.path)).toEqual([
      'b.py',
      'lib/a.py',
      'score.py',
      'shared/a.py',
      'shared/b.py',
    ])
  })

  test('of a source directory is the whole folder, without caches, and paths are relative to it', async () => {
    const bundle = await collect({ entryScript: 'score.py', sourceDirectory: 'app', condaFile: 'env.yml' })
    expect(bundle.files.map((file) => file.path)).toEqual(['env.yml', 'lib/a.py', 'score.py'])
    expect(bundle.fields).toEqual({ entryScript: 'score.py', sourceDirectory: 'app' })
    expect(bundle.condaFile).toBe('name: x\n')
  })

  test('takes paths from the working folder too where they are not in the source directory', async () => {
    const bundle = await collect({ entryScript: 'app/score.py', sourceDirectory: 'app' })
    expect(bundle.fields.entryScript).toBe('score.py')
  })

  test('adds the schema file', async () => {
    const bundle = await collect({ entryScript: 'app/score.py', schemaFile: 'shared/b.py' })
    expect(bundle.files.map((file) => file.path)).toEqual(['b.py', 'score.py'])
    expect(bundle.fields.schemaFile).toBe('b.py')
  })

  test('refuses two files for one place', async () => {
    await writeFile(path.join(folder, 'shared/score.py'), 'other')
    const call = collect({ entryScript: 'app/score.py', dependencies: ['shared/score.py'] })
    await expect(call).rejects.toThrow('would both be score.py in the image')
  })

  test('refuses a script outside the source directory', async () => {
    const call = collect({ entryScript: 'shared/b.py', sourceDirectory: 'app' })
    await expect(call).rejects.toThrow('--entry-script must be in the source directory app, got shared/b.py')
  })

  test('names a conda file that cannot be read', async () => {
    const call = collect({ entryScript: 'app/score.py', condaFile: 'gone.yml' })
    await expect(call).rejects.toThrow(/--conda-file .*gone.yml cannot be read: ENOENT/)
  })
})

async function collect(paths: Partial<BundlePaths> & { entryScript: string }) {
  return await collectBundle({ dependencies: [], ...paths }, folder)
}
