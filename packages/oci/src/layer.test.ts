/** Layers: the same content is the same bytes, whatever it came from. */
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { layerEntriesOf, writeLayer } from './index.ts'
import type { InlineFile, LayerEntry, LayerOptions, WrittenLayer } from './index.ts'

const folders: string[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'layer-'))
  folders.push(folder)
  return folder
}

async function pack(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  options: LayerOptions = { compression: 'none' },
): Promise<WrittenLayer & { bytes: Buffer }> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const layer = await writeLayer(entries, options, sink)
  return { ...layer, bytes: Buffer.concat(chunks) }
}

const text = (name: string, contents = name): InlineFile => ({
  kind: 'file',
  path: name,
  executable: false,
  contents: Buffer.from(contents),
})

async function aTree(options: { order: readonly string[]; mode: number; time: Date }): Promise<string> {
  const folder = await aFolder()
  await mkdir(path.join(folder, 'pkg'), { mode: 0o700 })
  for (const name of options.order) {
    const file = path.join(folder, name)
    await writeFile(file, `contents of ${name}`)
    await chmod(file, name.endsWith('.sh') ? options.mode | 0o100 : options.mode)
    await utimes(file, options.time, options.time)
  }
  await symlink('pkg/a.py', path.join(folder, 'link'))
  return folder
}

describe('a layer', () => {
  test('has the same digest from another folder, file order, time, umask and time zone', async () => {
    const names = ['b.txt', 'pkg/a.py', 'run.sh', 'pkg/ü.py']
    const one = await aTree({ order: names, mode: 0o644, time: new Date(0) })
    const other = await aTree({ order: names.toReversed(), mode: 0o600, time: new Date('2024-07-01') })
    const first = await pack(layerEntriesOf(one, 'opt/app'), { compression: 'gzip' })
    const zone = process.env['TZ']
    process.env['TZ'] = 'Pacific/Auckland'
    try {
      const second = await pack(layerEntriesOf(other, 'opt/app'), { compression: 'gzip' })
      expect(second.digest).toBe(first.digest)
      expect(second.diffId).toBe(first.diffId)
    } finally {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  test('has a digest that a change of this program must not change', async () => {
    const layer = await pack([
      text('model.pkl', 'bytes'),
      text('é/long', ''),
      { ...text('x'), executable: true },
    ])
    expect(layer.diffId).toBe('sha256:f190843c614b9d59aa2552b96af2533b7f8fcfff5ff822df44283854ed95eef4')
  })

  test('reports the digests and sizes of the bytes it wrote', async () => {
    const layer = await pack([text('a')], { compression: 'gzip', level: 9 })
    expect(layer.digest).toBe(digestOf(layer.bytes))
    expect(layer.sizeBytes).toBe(layer.bytes.length)
    expect(layer.rawSizeBytes % 512).toBe(0)
    expect(layer.diffId).not.toBe(layer.digest)
  })

  test('has a gzip header without time and operating system', async () => {
    const { bytes } = await pack([text('a')], { compression: 'gzip' })
    expect(bytes.subarray(4, 8).toString('hex')).toBe('00000000')
    expect(bytes[9]).toBe(255)
  })

  test('changes its digest with a name, a byte or the executable bit', async () => {
    const digests = await Promise.all(
      [text('a'), text('b', 'a'), text('a', 'b'), { ...text('a'), executable: true }].map(
        async (entry) => (await pack([entry])).diffId,
      ),
    )
    expect(new Set(digests).size).toBe(4)
  })
})

describe('a layer refuses', () => {
  test.each([
    { name: '/etc/passwd' },
    { name: '../up' },
    { name: 'a/../b' },
    { name: 'a//b' },
    { name: './a' },
    { name: '' },
    { name: 'a\0b' },
    { name: String.raw`a\b` },
    { name: 'dir/.wh.victim' },
  ])('the path $name', async ({ name }) => {
    await expect(pack([text(name)])).rejects.toMatchObject({ code: 'invalid-path' })
  })

  test('two entries of one path, and a file that is also a folder', async () => {
    await expect(pack([text('a'), text('a')])).rejects.toMatchObject({ code: 'path-conflict' })
    await expect(pack([text('a'), text('a/b')])).rejects.toMatchObject({ code: 'path-conflict' })
  })

  test.each([
    { name: 'fewer', contents: 'abc' },
    { name: 'more', contents: 'abcdefgh' },
  ])('a file with $name bytes than announced', async ({ contents }) => {
    const open = (): Readable => Readable.from([Buffer.from(contents)])
    const entry: LayerEntry = { kind: 'file', path: 'f', executable: false, sizeBytes: 5, open }
    await expect(pack([entry])).rejects.toMatchObject({ code: 'size-mismatch' })
  })

  test('links in a folder that lead out of it, also by a detour', async () => {
    for (const target of ['/etc/passwd', '..', 'sub/../../x', '../../x']) {
      const folder = await aFolder()
      await symlink(target, path.join(folder, 'link'))
      await expect(pack(layerEntriesOf(folder, 'app'))).rejects.toMatchObject({ code: 'unsafe-entry' })
    }
  })

  test('to go on after its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(pack([text('a')], { compression: 'gzip', signal })).rejects.toThrow('abort')
  })
})

test('what a walk skips is left out with all below it', async () => {
  const folder = await aFolder()
  await mkdir(path.join(folder, '__pycache__'))
  await writeFile(path.join(folder, '__pycache__', 'a.pyc'), 'x')
  await writeFile(path.join(folder, 'a.py'), 'x')
  const paths: string[] = []
  const skip = (name: string): boolean => name === '__pycache__'
  for await (const entry of layerEntriesOf(folder, '', { skip })) paths.push(entry.path)
  expect(paths).toEqual(['a.py'])
})
