/** The scanner on files as Python's libraries write them, and as attackers do. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scanPath } from './scan-path.ts'

const run = promisify(execFile)
const here = import.meta.dirname
const tools = path.resolve(here, '../../../../.cache/tools/python/bin')
const python = path.join(tools, 'python')
const uv = path.join(tools, 'uv')
const withoutUv = existsSync(uv) ? '' : ' (skipped: the set-up has not installed uv)'
const withoutPicklescan = existsSync(path.join(tools, 'picklescan'))
  ? ''
  : ' (skipped: the set-up has not installed picklescan)'

let box: string

beforeAll(async () => {
  box = await mkdtemp(path.join(tmpdir(), 'slipway-pickles-'))
})

afterAll(async () => {
  await rm(box, { recursive: true, force: true, maxRetries: 3 })
})

async function folder(name: string): Promise<string> {
  return await mkdtemp(path.join(box, `${name}-`))
}

/** Runs a program of this folder; what it prints is JSON. */
async function make<T>(program: string, ...[target, env]: [string, NodeJS.ProcessEnv?]): Promise<T> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 }
  const { stdout } = await run(python, [path.join(here, program), target], options)
  return JSON.parse(stdout) as T
}

describe('models of scikit-learn 0.19 and 0.20', () => {
  const fixtures = path.join(here, 'fixtures')

  test.each([
    {
      file: 'forest-0.19.2.joblib',
      format: 'joblib',
      version: '0.19.2',
      class: 'sklearn.ensemble.forest.RandomForestRegressor',
    },
    {
      file: 'forest-0.20.3-z.joblib',
      format: 'joblib',
      version: '0.20.3',
      class: 'sklearn.ensemble.forest.RandomForestRegressor',
    },
    {
      file: 'ridge-0.19.2-p0.pkl',
      format: 'pickle',
      version: '0.19.2',
      class: 'sklearn.linear_model.ridge.Ridge',
    },
    {
      file: 'ridge-0.20.3-p2.pkl',
      format: 'pickle',
      version: '0.20.3',
      class: 'sklearn.linear_model.ridge.Ridge',
    },
  ])('$file is clean and says what wrote it', async ({ file, format, version, class: name }) => {
    const scan = await scanPath(path.join(fixtures, file))
    expect(scan).toMatchObject({
      format,
      verdict: 'clean',
      findings: [],
      writtenBy: { 'scikit-learn': version },
    })
    expect(scan.imports).toContain(name)
  })
})

describe(`models of today's libraries${withoutUv}`, () => {
  interface Written {
    models: string[]
    data: string[]
    unreadable: string[]
    /** By file, what Python imported to load it. */
    imports: Record<string, string[]>
  }
  const version = '1.7.2'
  let models: string
  let written: Written

  beforeAll(async () => {
    if (withoutUv !== '') return
    const site = await folder('site')
    const packages = [`scikit-learn==${version}`, 'pandas==2.3.3']
    await run(uv, [
      'pip',
      'install',
      '-q',
      '--python',
      python,
      '--target',
      site,
      '--only-binary',
      ':all:',
      ...packages,
    ])
    models = await folder('models')
    written = await make('make_models.py', models, { PYTHONPATH: site, OPENBLAS_NUM_THREADS: '1' })
  }, 300_000)

  test.skipIf(withoutUv !== '')('are clean and say what wrote them', async () => {
    const wrong: unknown[] = []
    for (const file of written.models) {
      const { verdict, format, findings, writtenBy } = await scanPath(path.join(models, file))
      const expected = file.includes('.joblib') ? 'joblib' : 'pickle'
      if (verdict !== 'clean' || format !== expected || writtenBy['scikit-learn'] !== version)
        wrong.push({ file, verdict, format, findings, writtenBy })
    }
    expect(written.models.length).toBeGreaterThan(90)
    expect(wrong).toEqual([])
  })

  test.skipIf(withoutUv !== '')('with arrays and tables of every type are clean', async () => {
    const wrong: unknown[] = []
    for (const file of written.data) {
      const { verdict, findings } = await scanPath(path.join(models, file))
      if (verdict !== 'clean') wrong.push({ file, findings })
    }
    expect(wrong).toEqual([])
    expect(await scanPath(path.join(models, 'numbers.npy'))).toMatchObject({ format: 'npy', verdict: 'none' })
    expect(await scanPath(path.join(models, 'objects.npy'))).toMatchObject({
      format: 'npy',
      verdict: 'clean',
    })
    expect(await scanPath(path.join(models, 'both.npz'))).toMatchObject({ format: 'npy', verdict: 'clean' })
  })

  test.skipIf(withoutUv !== '')('import exactly what Python imports to load them', async () => {
    const found: Record<string, string[]> = {}
    for (const file of Object.keys(written.imports))
      found[file] = (await scanPath(path.join(models, file))).imports
    expect(found).toEqual(written.imports)
  })

  test.skipIf(withoutUv !== '')('in a compression that cannot be read are suspicious', async () => {
    for (const file of written.unreadable)
      expect((await scanPath(path.join(models, file))).verdict).toBe('suspicious')
  })
})

describe(`another scanner${withoutPicklescan}`, () => {
  test.skipIf(withoutPicklescan !== '')('calls nothing dangerous that is clean for us', async () => {
    const attacks = await folder('attacks')
    const verdicts = await make<{ file: string; dangerous: boolean }[]>('make_attacks.py', attacks)
    const missed: string[] = []
    let dangerous = 0
    for (const { file } of verdicts.filter((verdict) => verdict.dangerous)) {
      const { verdict } = await scanPath(path.join(attacks, file))
      if (verdict === 'none' || verdict === 'clean') missed.push(file)
      if (verdict === 'dangerous') dangerous += 1
    }
    expect(missed).toEqual([])
    // Some of its rules name what only might do harm; for most of them we agree.
    expect(verdicts.length).toBeGreaterThan(300)
    expect(dangerous / verdicts.length).toBeGreaterThan(0.7)
  })

  test.skipIf(withoutPicklescan !== '')('is not needed to see what runs a program', async () => {
    const attacks = await folder('attacks')
    await make('make_attacks.py', attacks)
    const named = (await readdir(attacks)).filter((name) => !/^\d/.test(name))
    for (const name of named) expect((await scanPath(path.join(attacks, name))).verdict).toBe('dangerous')
    expect(named.length).toBeGreaterThan(10)
  })
})

describe('a large file', () => {
  async function scanLarge(file: string) {
    const { stdout } = await run(process.execPath, [path.join(here, 'scan-large.ts'), file])
    return JSON.parse(stdout)
  }

  test('of 5 GB is scanned to its end in less than 200 MB of memory', async () => {
    const file = path.join(box, 'payload.pkl')
    const payloadBytes = 5 * 1024 ** 3
    await using handle = await open(file, 'w')
    const head = Buffer.from('\u0080\u0004\u008e........', 'latin1')
    head.writeBigUInt64LE(BigInt(payloadBytes), 3)
    await handle.write(head, 0, head.length, 0)
    // The payload is a hole in the file.
    await handle.write(Buffer.from('0cos\nsystem\n.'), 0, undefined, head.length + payloadBytes)
    const { scan, peakBytes } = await scanLarge(file)
    expect(scan).toMatchObject({ verdict: 'dangerous', imports: ['os.system'] })
    expect(peakBytes).toBeLessThan(200_000_000)
  })

  test('with millions of texts is read, and a name before and behind them is known', async () => {
    const file = path.join(box, 'vocabulary.pkl')
    await using handle = await open(file, 'w')
    const text = (value: string): string => `\u008c${String.fromCodePoint(value.length)}${value}\u0094`
    await handle.appendFile(Buffer.from(`\u0080\u0004(${text('collections')}${text('first')}`, 'latin1'))
    for (let part = 0; part < 100; part += 1) {
      const words = Array.from({ length: 15_000 }, (_, index) => text(digestOf(part * 15_000 + index)))
      await handle.appendFile(Buffer.from(words.join('0'), 'latin1'))
    }
    // Entry 0 of the memo, one in the middle of the words, and one right before.
    const middle = Buffer.from('j....', 'latin1')
    middle.writeUInt32LE(750_000, 1)
    const behind = Buffer.from(`h\u0000${text('OrderedDict')}\u0093`, 'latin1')
    await handle.appendFile(
      Buffer.concat([behind, middle, Buffer.from(`${text('system')}\u0093t.`, 'latin1')]),
    )
    const { scan, peakBytes } = await scanLarge(file)
    expect(scan.imports).toEqual([`${digestOf(749_998)}.system`, 'collections.OrderedDict'].sort())
    expect(peakBytes).toBeLessThan(450_000_000)
  })
})

/** A word that no other number has. */
function digestOf(value: number): string {
  return createHash('sha256').update(String(value)).digest('hex').slice(0, 16)
}
