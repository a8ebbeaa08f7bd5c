/** The data folder: private, marked, and one server’s at a time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDataFolder } from '../../src/store/data-folder.ts'

test('a new data folder has all its parts, for its owner only', async () => {
  const dir = join(await newFolder(), 'deep', 'data')
  const folder = await openDataFolder(dir)
  for (const part of [dir, folder.blobs, folder.logs, folder.run, folder.cache, folder.environments]) {
    expect((await stat(part)).mode & 0o777).toBe(0o700)
  }
  expect(folder.database.startsWith(dir)).toBe(true)
  expect(await readFile(join(dir, 'format'), 'utf8')).toBe('1\n')
  await folder.close()
})

test('a second server is refused by folder and process, until the first closes', async () => {
  const dir = await newFolder()
  const first = await openDataFolder(dir)
  await expect(openDataFolder(dir)).rejects.toMatchObject({
    code: 'conflict',
    message: `the data folder ${dir} is used by another server, process ${process.pid}`,
  })
  await first.close()
  await first.close()
  await (await openDataFolder(dir)).close()
})

test('the lock of a killed server is free at once', async () => {
  const dir = await newFolder()
  const program = join(import.meta.dirname, 'folder-holder.ts')
  const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(openDataFolder(dir)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`process ${child.pid}`) as string,
  })
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const folder = await openDataFolder(dir)
  await folder.close()
  expect(folder.dir).toBe(dir)
})

test.each(['2\n', 'x'])(
  'a folder with format %j is refused, and stays free for the right server',
  async (text) => {
    const dir = await newFolder()
    await (await openDataFolder(dir)).close()
    await writeFile(join(dir, 'format'), text)
    const expected = { code: 'unsupported', message: expect.stringContaining('newer Slipway') as string }
    await expect(openDataFolder(dir)).rejects.toMatchObject(expected)
    await expect(openDataFolder(dir)).rejects.toMatchObject(expected)
  },
)

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-data-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}
