/** Tests which files are found below a path, and what is refused. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { walk } from './walk.ts'

let folder = ''

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-walk-')))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('walking', () => {
  test('a file gives its own name', async () => {
    await writeFile(at('model.pkl'), 'abc')
    expect(await walk(at('model.pkl'))).toEqual({
      layout: 'file',
      files: [{ path: 'model.pkl', source: at('model.pkl'), sizeBytes: 3, executable: false }],
    })
  })

  test('a folder gives its files sorted by path, with the executable ones marked', async () => {
    await mkdir(at('b/deep'), { recursive: true })
    await writeFile(at('b/deep/z'), '')
    await writeFile(at('b.txt'), 'x')
    await writeFile(at('a'), 'x')
    await chmod(at('a'), 0o755)
    const { layout, files } = await walk(folder)
    expect(layout).toBe('folder')
    expect(files.map((file) => file.path)).toEqual(['a', 'b.txt', 'b/deep/z'])
    expect(files.map((file) => file.executable)).toEqual([true, false, false])
  })

  test('a link inside the folder is followed and sent as what it points to', async () => {
    await mkdir(at('real'))
    await writeFile(at('real/f'), 'x')
    await symlink('real', at('alias'))
    const { files } = await walk(folder)
    expect(files.map((file) => file.path)).toEqual(['alias/f', 'real/f'])
  })

  test('names to skip are passed over at any depth', async () => {
    await mkdir(at('a/__pycache__'), { recursive: true })
    await writeFile(at('a/__pycache__/x.pyc'), 'x')
    await writeFile(at('a/x.py'), 'x')
    const { files } = await walk(folder, { skip: ['__pycache__'] })
    expect(files.map((file) => file.path)).toEqual(['a/x.py'])
  })

  test('a missing path is refused by name', async () => {
    await expect(walk(at('gone'))).rejects.toMatchObject({
      code: 'invalid',
      message: `${at('gone')} does not exist`,
    })
  })

  test('an empty folder is refused', async () => {
    await mkdir(at('sub'))
    await expect(walk(folder)).rejects.toThrow('must hold at least one file')
  })

  test('a link that leaves the folder is refused by name', async () => {
    await mkdir(at('inside'))
    await writeFile(at('secret'), 'x')
    await symlink('../secret', at('inside/link'))
    await expect(walk(at('inside'))).rejects.toThrow(`${at('inside/link')} is a link that leaves the folder`)
  })

  test('a neighbour whose name begins like the folder counts as outside', async () => {
    await mkdir(at('data'))
    await mkdir(at('data-old'))
    await writeFile(at('data-old/f'), 'x')
    await symlink('../data-old/f', at('data/f'))
    await expect(walk(at('data'))).rejects.toThrow('leaves the folder')
  })

  test('a link to a folder that holds it is refused instead of followed for ever', async () => {
    await mkdir(at('a'))
    await symlink('..', at('a/up'))
    await expect(walk(folder)).rejects.toThrow('has no end')
  })

  test('a broken link is refused by name', async () => {
    await symlink('nowhere', at('dangling'))
    await expect(walk(folder)).rejects.toThrow(`${at('dangling')} does not exist`)
  })

  test('a pipe is refused instead of waited for', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await expect(walk(folder)).rejects.toThrow(`${at('pipe')} must be a file or a folder`)
  })

  test('a name with a backslash is refused', async () => {
    await writeFile(at('a\\b'), 'x')
    await expect(walk(folder)).rejects.toThrow('without backslashes')
  })

  test.skipIf(process.getuid?.() === 0)('an unreadable file is refused (root reads everything)', async () => {
    await writeFile(at('closed'), 'x', { mode: 0o000 })
    await expect(walk(folder)).rejects.toThrow(`${at('closed')} cannot be read: EACCES`)
  })
})

function at(name: string): string {
  return path.join(folder, name)
}
