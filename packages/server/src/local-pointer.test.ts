/** The file that tells the command line where the server of this machine is. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { removeLocalPointer, writeLocalPointer, type LocalPointer } from './local-pointer.ts'

let home: string

beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-home-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  home = path.join(folder, 'home')
})

function aPointer(pid: number): LocalPointer {
  const url = 'http://127.0.0.1:8800'
  return { url, scoringUrl: 'http://127.0.0.1:8801', dataFolder: '/data', tokenFile: '/data/token', pid }
}

test('is there while the server runs, and gone afterwards', async () => {
  await writeLocalPointer(home, aPointer(7))
  expect(JSON.parse(await readFile(path.join(home, 'local.json'), 'utf8'))).toEqual(aPointer(7))
  await removeLocalPointer(home, 7)
  expect(await readdir(home)).toEqual([])
})

test('is left to the server that started since', async () => {
  await writeLocalPointer(home, aPointer(7))
  await writeLocalPointer(home, aPointer(8))
  await removeLocalPointer(home, 7)
  expect(await readdir(home)).toEqual(['local.json'])
})

test.each(['', '{"pid":', 'null', '7', '"text"'])('is not ours when it holds %j', async (text) => {
  await writeLocalPointer(home, aPointer(7))
  await writeFile(path.join(home, 'local.json'), text)
  await removeLocalPointer(home, 7)
  expect(await readFile(path.join(home, 'local.json'), 'utf8')).toBe(text)
})

test('that is not there need not be removed', async () => {
  await expect(removeLocalPointer(home, 7)).resolves.toBeUndefined()
})
