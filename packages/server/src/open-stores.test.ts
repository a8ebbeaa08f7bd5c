/** Which stores a configuration opens, and which it cannot. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from './config.ts'
import { openStores } from './open-stores.ts'
import { openDataFolder } from './store/data-folder.ts'

async function aFolder() {
  const dir = await mkdtemp(path.join(tmpdir(), 'slipway-stores-'))
  const folder = await openDataFolder(dir)
  onTestFinished(async () => {
    await folder.close()
    await rm(dir, { recursive: true, force: true })
  })
  return folder
}

test('files and SQLite unless something else is named', async () => {
  const folder = await aFolder()
  const { store, blobs, logs } = await openStores(readConfig([], {}), folder)
  await Promise.all([logs.close(), blobs.close(), store.close()])
  expect(await readdir(folder.dir)).toContain(path.basename(folder.database))
})

test.each([
  { argv: ['--s3-bucket', 'models'], message: '--s3-bucket needs --s3-endpoint beside it' },
  { argv: ['--s3-access-key-id', 'me'], message: '--s3-access-key-id needs --s3-endpoint beside it' },
  { argv: ['--s3-secret-access-key', 'x'], message: '--s3-secret-access-key needs --s3-endpoint beside it' },
  {
    argv: ['--s3-endpoint', 'http://127.0.0.1:9000', '--s3-bucket', 'models', '--s3-access-key-id', 'me'],
    message: '--s3-endpoint needs --s3-secret-access-key beside it',
  },
])(
  'half of the settings of S3 is refused, before anything is opened: $message',
  async ({ argv, message }) => {
    const folder = await aFolder()
    await expect(openStores(readConfig(argv, {}), folder)).rejects.toMatchObject({ code: 'invalid', message })
    expect(await readdir(folder.dir)).not.toContain(path.basename(folder.database))
  },
)
