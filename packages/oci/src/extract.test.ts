/** Unpacking: what was packed comes back, and nothing that an archive says leads out of the folder. */
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { extractLayer, writeLayer } from './index.ts'
import type { ExtractedLayer, ExtractOptions, LayerEntry } from './index.ts'

let box: string
let target: string

beforeEach(async () => {
  box = await mkdtemp(path.join(tmpdir(), 'extract-'))
  target = path.join(box, 'target')
  await mkdir(target)
})

afterEach(async () => {
  await rm(box, { recursive: true, force: true })
})

type Made = Partial<Header> & Pick<Header, 'name'> & { body?: string }

/** An archive as anybody could have made it. */
async function archive(...entries: readonly Made[]): Promise<Buffer> {
  const tar = pack()
  for (const { body, ...header } of entries) tar.entry(header, body ?? '')
  tar.finalize()
  return await buffer(tar)
}

async function extract(bytes: Buffer, options: Partial<ExtractOptions> = {}): Promise<ExtractedLayer> {
  return await extractLayer(Readable.from([bytes]), target, { compression: 'none', ...options })
}

/** Everything in the box except what is in the target: must stay as it was. */
async function outside(): Promise<string[]> {
  return (await readdir(box)).filter((name) => name !== 'target')
}

describe('a layer that was written', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => !/[/\\\0]/.test(text) && !/^\.\.?$|^\.wh\./.test(text) && Buffer.byteLength(text) < 200)
  const content = fc.uint8Array({ maxLength: 2_000 })
  const entry = fc.record({
    path: fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/')),
    contents: content,
    executable: fc.boolean(),
  })

  test('comes back with the same names, bytes and modes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { selector: ({ path }) => path.split('/')[0], maxLength: 8 }),
        fc.constantFrom('none', 'gzip'),
        async (files, compression) => {
          const folder = await mkdtemp(path.join(box, 'round-'))
          const sink = new PassThrough()
          const entries = files.map((file): LayerEntry => ({ kind: 'file', ...file }))
          const [written, bytes] = await Promise.all([
            writeLayer(entries, { compression }, sink),
            buffer(sink),
          ])
          const extracted = await extractLayer(Readable.from([bytes]), folder, {
            compression,
            diffId: written.diffId,
          })
          expect(extracted.rawSizeBytes).toBe(written.rawSizeBytes)
          for (const file of files) {
            const at = path.join(folder, file.path)
            expect(Buffer.compare(await readFile(at), file.contents)).toBe(0)
            expect(((await lstat(at)).mode & 0o100) !== 0).toBe(file.executable)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('keeps links inside the folder', async () => {
    const sink = new PassThrough()
    const entries: LayerEntry[] = [
      { kind: 'file', path: 'lib/a.so.1', executable: false, contents: Buffer.from('x') },
      { kind: 'symlink', path: 'lib/a.so', target: 'a.so.1' },
      { kind: 'symlink', path: `bin/${'é'.repeat(60)}`, target: `../lib/${'ü'.repeat(80)}` },
      { kind: 'directory', path: 'empty' },
    ]
    const [, bytes] = await Promise.all([writeLayer(entries, { compression: 'none' }, sink), buffer(sink)])
    await extract(bytes)
    expect(await readlink(path.join(target, 'lib/a.so'))).toBe('a.so.1')
    expect(await readlink(path.join(target, 'bin', 'é'.repeat(60)))).toBe(`../lib/${'ü'.repeat(80)}`)
    expect((await lstat(path.join(target, 'empty'))).isDirectory()).toBe(true)
  })
})

describe('an archive cannot leave the folder by', () => {
  const evil: { name: string; entries: Made[] }[] = [
    { name: 'an absolute path', entries: [{ name: '/escaped', body: 'x' }] },
    { name: 'a path upwards', entries: [{ name: '../escaped', body: 'x' }] },
    { name: 'a path upwards inside', entries: [{ name: 'a/../../escaped', body: 'x' }] },
    { name: 'a folder upwards', entries: [{ name: '../escaped/', type: 'directory' }] },
    { name: 'an absolute link', entries: [{ name: 'l', type: 'symlink', linkname: '/etc' }] },
    { name: 'a link upwards', entries: [{ name: 'l', type: 'symlink', linkname: '..' }] },
    {
      name: 'two links that are each inside as text',
      entries: [
        { name: 'd/', type: 'directory' },
        { name: 'd/l', type: 'symlink', linkname: '..' },
        { name: 'x', type: 'symlink', linkname: 'd/l/../escaped' },
      ],
    },
    {
      name: 'writing through a link',
      entries: [
        { name: 'd/', type: 'directory' },
        { name: 'l', type: 'symlink', linkname: 'd' },
        { name: 'l/f', body: 'x' },
      ],
    },
    { name: 'a hard link upwards', entries: [{ name: 'f', type: 'link', linkname: '../secret' }] },
    {
      name: 'a hard link to a link',
      entries: [
        { name: 'd/e/l', type: 'symlink', linkname: '../..' },
        { name: 'moved', type: 'link', linkname: 'd/e/l' },
      ],
    },
    { name: 'a whiteout of the folder above', entries: [{ name: '.wh...' }] },
    { name: 'a whiteout of the folder itself', entries: [{ name: 'd/.wh..' }] },
    {
      name: 'replacing the folder',
      entries: [
        { name: './', type: 'file', body: '' },
        { name: '.', type: 'symlink', linkname: 'x' },
      ],
    },
  ]

  test.each(evil)('$name', async ({ entries }) => {
    await writeFile(path.join(box, 'secret'), 'kept')
    await expect(extract(await archive(...entries))).rejects.toMatchObject({ code: 'unsafe-entry' })
    expect(await outside()).toEqual(['secret'])
    expect(await readFile(path.join(box, 'secret'), 'utf8')).toBe('kept')
  })

  test('links that lay in the folder before', async () => {
    await symlink(box, path.join(target, 'out'))
    for (const name of ['out/escaped', 'out/.wh.secret', 'out/deep/escaped'])
      await expect(extract(await archive({ name, body: 'x' }))).rejects.toMatchObject({
        code: 'unsafe-entry',
      })
    expect(await outside()).toEqual([])
  })
})

describe('an archive is refused', () => {
  test.each(['character-device', 'block-device', 'fifo'] as const)('for a %s', async (type) => {
    const bytes = await archive({ name: 'dev', type })
    await expect(extract(bytes)).rejects.toMatchObject({ code: 'unsupported-entry' })
  })

  test('for more entries or bytes than allowed', async () => {
    const bytes = await archive({ name: 'a', body: 'x' }, { name: 'b', body: 'y'.repeat(5_000) })
    await expect(extract(bytes, { maxEntries: 1 })).rejects.toMatchObject({ code: 'limit-exceeded' })
    await expect(extract(bytes, { maxSizeBytes: 4_000 })).rejects.toMatchObject({ code: 'limit-exceeded' })
    expect((await extract(bytes, { maxEntries: 2, maxSizeBytes: bytes.length })).entries).toBe(2)
  })

  test('when it inflates to more bytes than allowed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const options = { compression: 'gzip', maxSizeBytes: 1_000_000 } as const
    await expect(extract(bomb, options)).rejects.toMatchObject({ code: 'limit-exceeded' })
  })

  test('when it is cut short, damaged or not compressed as said', async () => {
    const bytes = await archive({ name: 'a', body: 'x'.repeat(5_000) })
    const zipped = gzipSync(bytes)
    const code = { code: 'corrupt-archive' }
    await expect(extract(bytes.subarray(0, 3_000))).rejects.toMatchObject(code)
    await expect(extract(Buffer.from('no archive'.repeat(100)))).rejects.toMatchObject(code)
    await expect(extract(zipped.subarray(0, 40), { compression: 'gzip' })).rejects.toMatchObject(code)
    await expect(extract(bytes, { compression: 'gzip' })).rejects.toMatchObject(code)
  })

  test('when its content is not the one expected', async () => {
    const bytes = await archive({ name: 'a' })
    const diffId = `sha256:${'0'.repeat(64)}` as const
    await expect(extract(bytes, { diffId })).rejects.toMatchObject({ code: 'digest-mismatch' })
  })

  test('after its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(extract(await archive({ name: 'a' }), { signal })).rejects.toThrow('enough')
  })

  test('or unpacked, but never ends in another way', async () => {
    const good = await archive(
      { name: 'a/b', body: 'x'.repeat(600) },
      { name: 'l', type: 'symlink', linkname: 'a' },
    )
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    const endings = new Set<string>()
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, value] of changes) bytes[at] = value
        const folder = await mkdtemp(path.join(box, 'fuzz-'))
        const unpacking = extractLayer(Readable.from([bytes]), folder, { compression: 'none' })
        endings.add(await unpacking.then(() => 'unpacked', nameOf))
        await rm(folder, { recursive: true, force: true })
      }),
      { numRuns: 300 },
    )
    expect([...endings].sort()).toEqual(['OciError', 'unpacked'])
  })
})

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}

describe('a layer over another', () => {
  test('removes what its whiteouts name, and keeps what it brings itself', async () => {
    await mkdir(path.join(target, 'd/sub'), { recursive: true })
    await writeFile(path.join(target, 'd/old'), 'old')
    await writeFile(path.join(target, 'gone'), 'old')
    await writeFile(path.join(target, 'stays'), 'old')
    await extract(
      await archive(
        { name: 'd/new', body: 'new' },
        { name: 'd/.wh..wh..opq' },
        { name: '.wh.gone' },
        { name: '.wh.never-was' },
        { name: '.wh..wh.plnk', body: 'x' },
      ),
    )
    expect((await readdir(target, { recursive: true })).sort()).toEqual(['d', 'd/new', 'stays'])
  })

  test('replaces files, links and folders', async () => {
    await mkdir(path.join(target, 'folder/full'), { recursive: true })
    await writeFile(path.join(box, 'secret'), 'kept')
    await symlink(path.join(box, 'secret'), path.join(target, 'link'))
    await writeFile(path.join(target, 'file'), 'old')
    await extract(
      await archive(
        { name: 'folder', body: 'now a file' },
        { name: 'link', body: 'now a file' },
        { name: 'file/inside', body: 'now a folder' },
        { name: 'same', type: 'link', linkname: 'link' },
      ),
    )
    expect(await readFile(path.join(target, 'folder'), 'utf8')).toBe('now a file')
    expect(await readFile(path.join(target, 'file/inside'), 'utf8')).toBe('now a folder')
    expect(await readFile(path.join(target, 'same'), 'utf8')).toBe('now a file')
    expect(await readFile(path.join(box, 'secret'), 'utf8')).toBe('kept')
  })

  test('writes files without write permission when asked to', async () => {
    await extract(await archive({ name: 'a', body: 'x' }, { name: 'b', body: 'x', mode: 0o777 }), {
      readOnly: true,
    })
    expect((await lstat(path.join(target, 'a'))).mode & 0o777).toBe(0o444)
    expect((await lstat(path.join(target, 'b'))).mode & 0o333).toBe(0o111)
    await chmod(path.join(target, 'a'), 0o644)
  })
})
