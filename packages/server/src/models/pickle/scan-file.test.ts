/** Scanning: every way to name an import is seen, and nothing that is read does harm. */
import { Readable } from 'node:stream'
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, joblibArray, pickle, text } from './pickle-bytes.ts'
import { scanFile } from './scan-file.ts'
import type { FileScan } from './scan-file.ts'

const signal = new AbortController().signal

async function scan(bytes: Buffer, path = 'model.pkl', chunkBytes = 64 * 1024): Promise<FileScan> {
  const open = (offset: number): Readable => {
    const chunks: Buffer[] = []
    for (let at = offset; at < bytes.length; at += chunkBytes)
      chunks.push(bytes.subarray(at, at + chunkBytes))
    return Readable.from(chunks)
  }
  return await scanFile({ path, sizeBytes: bytes.length, open }, signal)
}

const attack = "cos\nsystem\n(S'echo'\ntR."

describe('an import is found', () => {
  test.each(
    [
      { how: 'GLOBAL', bytes: pickle(attack) },
      { how: 'INST', bytes: pickle("(S'echo'\nios\nsystem\n.") },
      { how: 'OBJ', bytes: pickle("(cos\nsystem\nS'echo'\no.") },
      { how: 'STACK_GLOBAL', bytes: pickle('\u0080\u0004', text('os'), text('system'), '\u0093.') },
      {
        how: 'STACK_GLOBAL from the memo',
        bytes: pickle('\u0080\u0004', text('system'), '\u0094', text('os'), '\u00940h\u0001h\u0000\u0093.'),
      },
      {
        how: 'PUT and MEMOIZE mixed',
        bytes: pickle(
          '\u0080\u0004',
          text('x'),
          'p7\n',
          text('os'),
          '\u0094',
          'h\u0001',
          text('system'),
          '\u0093.',
        ),
      },
      {
        how: 'a LONG_BINPUT far off',
        bytes: pickle(
          text('os'),
          'r\u0000\u0000\u0010\u00000j\u0000\u0000\u0010\u0000',
          text('system'),
          '\u0093.',
        ),
      },
      { how: 'an escaped STRING', bytes: pickle('S\'\\x6f\\163\'\nS"s\\171stem"\n\u0093.') },
      { how: 'an escaped UNICODE', bytes: pickle('V\\u006f\\U00000073\nVsystem\n\u0093.') },
      { how: 'DUP and POP', bytes: pickle(text('os'), '20', text('system'), '\u0093.') },
      { how: 'POP_MARK', bytes: pickle(text('os'), '(NNN1', text('system'), '\u0093.') },
      { how: 'the second pickle', bytes: pickle('N.', attack) },
      { how: 'a pickle without end', bytes: pickle('cos\nsystem\n(S') },
      {
        how: 'behind a large payload',
        bytes: pickle(counted('\u008e', Buffer.alloc(300_000, 'c'), 8), '0', attack),
      },
      { how: 'behind a wrong FRAME', bytes: pickle('\u0080\u0004\u0095', Buffer.alloc(8, 0x7f), attack) },
      { how: 'by way of NumPy', bytes: pickle("cnumpy.core\n_ufunc_reconstruct\n(S'os'\nS'system'\ntR.") },
    ].filter(({ bytes }) => bytes.length > 0),
  )('by $how', async ({ bytes }) => {
    const { verdict, imports } = await scan(bytes)
    expect(imports).toContain('os.system')
    expect(verdict).toBe('dangerous')
  })

  test('as dangerous when its name is made of anything but texts', async () => {
    for (const bytes of [
      pickle('cbuiltins\nstr\n)R', text('system'), '\u0093.'),
      pickle(text('os'), 'C\u0006system\u0093.'),
      pickle("cnumpy.core\n_ufunc_reconstruct\n(S'os'\ncbuiltins\nstr\n)RtR."),
    ])
      expect(await scan(bytes)).toMatchObject({ verdict: 'dangerous', format: 'pickle' })
  })

  test('as suspicious when it is one of the extension registry', async () => {
    expect(await scan(pickle('\u0080\u0002\u0082\u0005.'))).toMatchObject({
      verdict: 'suspicious',
      findings: [{ file: 'model.pkl', import: '(imports extension 5 of copyreg)', verdict: 'suspicious' }],
    })
  })
})

describe('an array of joblib', () => {
  const words = Buffer.from('not a pickle')

  test('is passed over, and what comes behind it is read', async () => {
    const clean = pickle('\u0080\u0002]', joblibArray(words), 'a.')
    expect(await scan(clean)).toMatchObject({ format: 'joblib', verdict: 'clean', findings: [] })
    const dirty = pickle('\u0080\u0002(', joblibArray(words), attack)
    expect(await scan(dirty)).toMatchObject({ format: 'joblib', verdict: 'dangerous' })
  })

  test('with padding is passed over with it', async () => {
    const padded = pickle('\u0003\u00ff\u00ff\u00ff', words)
    const more = pickle('U\u001bnumpy_array_alignment_bytesK\u0010')
    const bytes = pickle('\u0080\u0002(', joblibArray(padded, { length: words.length, more }), attack)
    expect(await scan(bytes)).toMatchObject({ format: 'joblib', verdict: 'dangerous' })
  })

  test('cannot hide a pickle that Python itself would run', async () => {
    const hidden = pickle("0cos\nsystem\n(S'echo'\ntR.")
    expect((await scan(pickle('\u0080\u0002(', joblibArray(hidden), 't.'))).imports).toContain('os.system')
    const unknown = pickle("0cnltk.tools\nrun\n(S'echo'\ntR.")
    expect((await scan(pickle('\u0080\u0002(', joblibArray(unknown), 't.'))).verdict).toBe('suspicious')
    const far = pickle(counted('B', Buffer.alloc(200_000)), hidden)
    expect((await scan(pickle('\u0080\u0002(', joblibArray(far), 't.'))).imports).toContain('os.system')
  })

  test.each([
    {
      what: 'changed under another name',
      array: joblibArray(words, { beforeBuild: 'q\u0001h\u0001}s0h\u0001' }),
    },
    { what: 'given twice', array: joblibArray(words, { more: pickle('cnumpy\ndtype\nK\u0001') }) },
    {
      what: 'of unknown alignment',
      array: joblibArray(words, { more: pickle('U\u001bnumpy_array_alignment_bytes]') }),
    },
  ])('is not taken as clean when its description is $what', async ({ array }) => {
    expect((await scan(pickle('\u0080\u0002(', array, 't.'))).verdict).not.toBe('clean')
  })

  test('in a file of its own must lie beside the pickle', async () => {
    const beside = (name: string): Buffer =>
      pickle(
        '\u0080\u0002cjoblib.numpy_pickle\nNDArrayWrapper\n)\u0081}(U\u0008filename',
        'U',
        Buffer.from([name.length]),
        name,
        'ub.',
      )
    expect(await scan(beside('model.pkl_01.npy'))).toMatchObject({ format: 'joblib', verdict: 'clean' })
    expect(await scan(beside('../../evil.npy'))).toMatchObject({ verdict: 'dangerous' })
    expect(await scan(beside('/evil.npy'))).toMatchObject({ verdict: 'dangerous' })
  })

  test('is doubted when the wrapper class itself is changed', async () => {
    const change = pickle('cjoblib.numpy_pickle\nNumpyArrayWrapper\n(N}U\u0001xK\u0001stb0')
    const bytes = pickle('\u0080\u0002', change, '(', joblibArray(words), 't.')
    expect(await scan(bytes)).toMatchObject({ verdict: 'suspicious' })
  })
})

describe('content decides', () => {
  const bytes = pickle('\u0080\u0002', attack)

  test.each([
    { what: 'a pickle by another name', file: bytes, path: 'weights.bin' },
    { what: 'an old pickle by another name', file: pickle(attack), path: 'readme.txt' },
    { what: 'gzip', file: gzipSync(bytes), path: 'model.pkl' },
    { what: 'zlib', file: deflateSync(bytes), path: 'model.joblib' },
    { what: 'zstd', file: zstdCompressSync(bytes), path: 'model.pkl.zst' },
    {
      what: "the first joblib's compression",
      file: pickle('ZF', '0x19'.padEnd(19), deflateSync(bytes)),
      path: 'm',
    },
    { what: 'a zip archive', file: zipOf({ 'archive/data.pkl': bytes }), path: 'model.pt' },
    {
      what: 'a zip archive behind other bytes',
      file: pickle('N.', zipOf({ 'data.pkl': bytes })),
      path: 'm.zip',
    },
    { what: 'an array of objects', file: npyOf("'|O'", bytes), path: 'array.npy' },
    { what: 'an array of records with objects', file: npyOf("[('a', '<i4'), ('b', 'O')]", bytes), path: 'x' },
    { what: 'an archive of arrays', file: zipOf({ 'a.npy': npyOf("'|O'", bytes) }), path: 'arrays.npz' },
  ])('on $what', async ({ file, path }) => {
    expect(await scan(file, path)).toMatchObject({ verdict: 'dangerous' })
  })

  test('and says what could not be read', async () => {
    const starts = { bz2: 'BZh9', xz: '\u00fd7zXZ\u0000', lzma: ']\u0000\u0000\u0080', lz4: '\u0004"M\u0018' }
    for (const [name, start] of Object.entries(starts))
      expect((await scan(pickle(start, Buffer.alloc(20)))).findings).toContainEqual({
        file: 'model.pkl',
        import: `(${name} compression cannot be read)`,
        verdict: 'suspicious',
      })
    expect((await scan(gzipSync(bytes).subarray(0, 20))).verdict).toBe('suspicious')
    expect((await scan(zipOf({ a: bytes }).subarray(0, -10), 'a.zip')).verdict).toBe('suspicious')
  })

  test('so that files of other kinds hold no pickle', async () => {
    const table = Buffer.from('a,b,c\n1,2,3\n')
    for (const file of [
      table,
      gzipSync(table),
      zipOf({ 'table.csv': table }),
      Buffer.from('{"a":1}'),
      Buffer.alloc(0),
    ])
      expect(await scan(file, 'data')).toMatchObject({ format: 'none', verdict: 'none', findings: [] })
    for (const text of ['cat\ndog\n', 'N.', '0.5', 'I1\n.'])
      expect(await scan(Buffer.from(text), 'labels.txt')).toMatchObject({ format: 'none', verdict: 'none' })
    const numbers = npyOf("'<f8'", Buffer.alloc(64))
    expect(await scan(numbers, 'a.npy')).toMatchObject({ format: 'npy', verdict: 'none' })
  })

  test('but a file named as a pickle that is none is suspicious', async () => {
    expect(await scan(Buffer.from('hello'), 'model.pkl')).toMatchObject({ verdict: 'suspicious' })
    expect(await scan(Buffer.from('hello'), 'model.txt')).toMatchObject({ verdict: 'none' })
  })
})

test('the version that wrote the object is read, also through the memo', async () => {
  const direct = pickle('\u0080\u0002}U\u0010_sklearn_versionU\u00060.20.3s.')
  expect((await scan(direct)).writtenBy).toEqual({ 'scikit-learn': '0.20.3' })
  const old = pickle("(dS'_sklearn_version'\np1\nS'0.19.2'\np2\ns.")
  expect((await scan(old)).writtenBy).toEqual({ 'scikit-learn': '0.19.2' })
  const recalled = pickle(
    '\u0080\u0004',
    text('_sklearn_version'),
    '\u0094',
    text('1.9.1'),
    '\u009400}h\u0000h\u0001s.',
  )
  expect((await scan(recalled)).writtenBy).toEqual({ 'scikit-learn': '1.9.1' })
})

describe('whatever the bytes are', () => {
  const seed = pickle(
    pickle('\u0080\u0004}', text('a'), '\u0094', counted('X', Buffer.from('os')), text('system')),
    pickle('\u0093)R(Vab\\u0063\nK\u0001M\u0001\u0002tt', joblibArray(Buffer.from('abcdef')), 's.'),
    pickle(attack, gzipSync(Buffer.from('x'))),
  )
  const spoilt = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
    const bytes = Buffer.from(seed)
    for (const [at, value] of changes) bytes[at] = value
    return bytes
  })
  const anything = fc.oneof(
    spoilt,
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  )
  const path = fc.constantFrom('model.pkl', 'a.npy', 'a.npz', 'model.pt', 'a.bin', 'a.joblib')

  test('the scan ends with a verdict, which does not depend on how they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(anything, path, fc.integer({ min: 1, max: 40 }), async (bytes, name, chunkBytes) => {
        const whole = await scan(bytes, name)
        expect(await scan(bytes, name, chunkBytes)).toEqual(whole)
        expect(whole.verdict === 'none').toBe(whole.findings.length === 0 && whole.verdict !== 'clean')
      }),
      { numRuns: 800 },
    )
  })

  test('the scan stops at its signal, and errors of the source are not findings', async () => {
    const broken = new Error('disk')
    const open = (): Readable =>
      new Readable({
        read() {
          this.destroy(broken)
        },
      })
    await expect(scanFile({ path: 'a.pkl', sizeBytes: 9, open }, signal)).rejects.toBe(broken)
    const enough = new Error('enough')
    const aborted = AbortSignal.abort(enough)
    await expect(scanFile({ path: 'a.pkl', sizeBytes: 9, open }, aborted)).rejects.toBe(enough)
  })
})

function npyOf(type: string, content: Buffer): Buffer {
  const header = `{'descr': ${type}, 'fortran_order': False, 'shape': (1,), }\n`
  return pickle(
    '\u0093NUMPY\u0001\u0000',
    Buffer.from([header.length & 255, header.length >> 8]),
    header,
    content,
  )
}

/** A zip archive with deflated members. */
function zipOf(files: Record<string, Buffer>): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(8, 4)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(content.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const at = Buffer.alloc(18)
    at.writeUInt32LE(Buffer.concat(locals).length, 14)
    locals.push(pickle('PK\u0003\u0004', fields, name, packed))
    entries.push(pickle('PK\u0001\u0002\u0014\u0000', fields, at.subarray(4), name))
  }
  const body = Buffer.concat(locals)
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(body.length, 12)
  return pickle(body, directory, 'PK\u0005\u0006', end)
}
