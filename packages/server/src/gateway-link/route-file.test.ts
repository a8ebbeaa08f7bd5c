/** The routes that a gateway keeps for the time when the API is away. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { RouteFile } from './route-file.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'route-file-'))
  file = path.join(folder, 'below', 'routes.json')
  const made = folder
  onTestFinished(() => rm(made, { recursive: true, force: true }))
})

function aRoute(key: string) {
  const keys = [key, 'secondary'] as const
  return {
    prefix: '/api/v1/service/demo',
    service: 'demo',
    auth: { kind: 'keys' as const, keys },
    cors: ['*'],
    versions: [],
  }
}

test('what was saved last is read, by its owner only', async () => {
  const kept = new RouteFile(file)
  expect(await kept.read()).toBeUndefined()
  await Promise.all(['one', 'two', 'three'].map((key) => kept.save([aRoute(key)])))
  expect(await new RouteFile(file).read()).toEqual([aRoute('three')])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(path.dirname(file))).toEqual(['routes.json'])
})

test.each(['', '{"routes": 5}', 'not JSON'])('a file that holds %j is refused', async (text) => {
  const other = path.join(folder, 'other')
  await writeFile(other, text)
  await expect(new RouteFile(other).read()).rejects.toThrow(`${other} does not hold routes of a gateway`)
})
