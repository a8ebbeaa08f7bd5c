/** Layers as other programs see them, and what a large one costs. */
import { execFile, execFileSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { extractLayer, writeLayer } from '../src/index.ts'
import type { LayerEntry } from '../src/index.ts'

const run = promisify(execFile)
const deep = `${'folder-with-a-long-name/'.repeat(12)}end.txt`
const exact = `${'p'.repeat(155)}/${'n'.repeat(100)}`

const entries: LayerEntry[] = [
  { kind: 'file', path: 'opt/run.sh', executable: true, contents: Buffer.from('#!/bin/sh\n') },
  { kind: 'file', path: 'opt/übergröße-模型.bin', executable: false, contents: Buffer.alloc(1_000, 7) },
  { kind: 'file', path: deep, executable: false, contents: Buffer.from('deep') },
  { kind: 'file', path: exact, executable: false, contents: Buffer.from('exact') },
  { kind: 'symlink', path: 'opt/link', target: `../${deep}` },
  { kind: 'directory', path: 'opt/empty' },
]

const python = hasProgram('python3')
const tar = hasProgram('tar')
let box: string
let archive: string

beforeAll(async () => {
  box = await mkdtemp(path.join(tmpdir(), 'layer-'))
  archive = path.join(box, 'layer.tar.gz')
  await writeLayer(entries, { compression: 'gzip' }, createWriteStream(archive))
})

afterAll(async () => {
  await rm(box, { recursive: true, force: true })
})

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('other programs read our layers', () => {
  test.skipIf(!tar)('tar lists them (skipped without tar)', async () => {
    const { stdout } = await run('tar', ['--quoting-style=literal', '-tzf', archive])
    const files = stdout.split('\n').filter((line) => line !== '' && !line.endsWith('/'))
    expect(files.sort()).toEqual(
      entries
        .filter(({ kind }) => kind !== 'directory')
        .map((entry) => entry.path)
        .sort(),
    )
  })

  test.skipIf(!python)(
    'the tarfile module reads names, modes, links and bytes (skipped without python3)',
    async () => {
      const program = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    print(json.dumps([[m.name, m.type.decode(), oct(m.mode), m.uid, m.gid, m.mtime, m.uname, m.linkname,
        archive.extractfile(m).read().hex() if m.isfile() else ''] for m in archive]))
`
      const { stdout } = await run('python3', ['-c', program, archive])
      const seen = new Map((JSON.parse(stdout) as string[][]).map(([name = '', ...rest]) => [name, rest]))
      expect([...seen.keys()]).toEqual([...seen.keys()].sort())
      expect(seen.get('opt')).toEqual(['5', '0o755', 0, 0, 0, '', '', ''])
      expect(seen.get('opt/link')).toEqual(['2', '0o777', 0, 0, 0, '', `../${deep}`, ''])
      for (const entry of entries) {
        if (entry.kind !== 'file' || !('contents' in entry)) continue
        const mode = entry.executable ? '0o755' : '0o644'
        const hex = Buffer.from(entry.contents).toString('hex')
        expect(seen.get(entry.path)).toEqual(['0', mode, 0, 0, 0, '', '', hex])
      }
    },
  )

  test.skipIf(!python)('a file of more than 8 GiB keeps its size (skipped without python3)', async () => {
    const sizeBytes = 9 * 1024 ** 3
    const head = path.join(box, 'head.tar')
    const entry: LayerEntry = { kind: 'file', path: 'big', executable: false, sizeBytes, open: zeros }
    await writeFile(head, await headOf(entry))
    const program = 'import sys, tarfile; print(tarfile.open(sys.argv[1]).next().size)'
    expect((await run('python3', ['-c', program, head])).stdout.trim()).toBe(String(sizeBytes))
  })
})

async function* zeros(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(64 * 1024)
}

/** The first bytes of a layer whose writing is stopped there. */
async function headOf(entry: LayerEntry): Promise<Buffer> {
  const chunks: Buffer[] = []
  const enough = new Error('enough')
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done(chunks.length > 2 ? enough : undefined)
    },
  })
  await expect(writeLayer([entry], { compression: 'none' }, sink)).rejects.toBe(enough)
  return Buffer.concat(chunks)
}

test.skipIf(!tar)('layers of other programs are unpacked (skipped without tar)', async () => {
  const made = path.join(box, 'made')
  const back = path.join(box, 'back')
  await run('mkdir', ['-p', made, back])
  await extractLayer(
    await packed([{ kind: 'file', path: deep, executable: false, contents: Buffer.from('deep') }]),
    made,
    { compression: 'none' },
  )
  for (const format of ['gnu', 'pax']) {
    const other = path.join(box, `${format}.tar`)
    await run('tar', [`--format=${format}`, '-cf', other, '-C', made, '.'])
    await extractLayer(createReadStream(other), back, { compression: 'none' })
    expect(await readFile(path.join(back, deep), 'utf8')).toBe('deep')
    await rm(path.join(back, deep))
  }
})

async function packed(content: LayerEntry[]): Promise<PassThrough> {
  const sink = new PassThrough()
  await writeLayer(content, { compression: 'none' }, sink)
  return sink
}

test('a file of 1.25 GB is packed and unpacked in less than 250 MB of memory', async () => {
  const target = await mkdtemp(path.join(box, 'large-'))
  const program = path.join(import.meta.dirname, 'large-layer.ts')
  const { stdout } = await run(process.execPath, [program, target, '1200'])
  const { written, extracted, peakBytes } = JSON.parse(stdout)
  expect(extracted.diffId).toBe(written.diffId)
  expect((await stat(path.join(target, 'models/large.bin'))).size).toBe(1200 * 1024 * 1024)
  expect(peakBytes).toBeLessThan(250_000_000)
})
