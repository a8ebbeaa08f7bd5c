/** Explanations of what cannot be installed. */
import { describe, expect, test } from 'vitest'
import type { LockRequest } from './installer.ts'
import type { Requirement } from './pip-entry.ts'
import { compareVersions, satisfies, type FoundPython } from './python-version.ts'
import { explainUnbuilt, explainUnresolved, type AskIndex } from './unsatisfiable.ts'

/** An index: name → version → the minor versions of Python with a wheel. */
const index: Record<string, Record<string, string[]>> = {
  numpy: { '1.16.0': ['3.6'], '1.26.0': ['3.11'], '2.5.5': ['3.11'] },
  pandas: { '2.2.0': ['3.11'] },
}

describe('an explanation', () => {
  test('names the version that does not exist, the nearest ones and the line', async () => {
    const error = await explainUnresolved(aRequest(['pandas', 'numpy==2.0.0']), 'Because numpy==2.0.0 …', ask)
    expect(error.message).toBe(
      'numpy==2.0.0 (line 3 of the conda file) cannot be installed with Python 3.11.7: there is no such version for it; nearest is 1.26.0, newest is 2.5.5',
    )
    expect(error.hint).toBe('Ask for numpy==1.26.0 instead.')
    expect(error.code).toBe('unsatisfiable')
  })

  test('names the Python of the machine that would do', async () => {
    const error = await explainUnresolved(aRequest(['numpy==1.16.*']), 'numpy', ask)
    expect(error.message).toContain('nearest is 1.26.0, newest is 2.5.5')
    expect(error.hint).toBe('Python 3.6.15 of this machine has it: write python=3.6 into the conda file.')
  })

  test('says that the index does not know a name', async () => {
    const error = await explainUnresolved(aRequest(['nunpy']), 'nunpy was not found', ask)
    expect(error.message).toContain('nunpy (line 2 of the conda file)')
    expect(error.message).toContain('the index does not have it')
    expect(error.hint).toContain('spelling')
  })

  test('of a conflict names all that take part, with the reason of the tool', async () => {
    const output =
      'error: No solution\n  cause: Because pandas==2.2.0 depends on\n    numpy<2 and so on.\n\nhint: more'
    const error = await explainUnresolved(aRequest(['pandas==2.2.0', 'numpy==2.5.5', 'six']), output, ask)
    expect(error.message).toContain(
      'together with Python 3.11.7: Because pandas==2.2.0 depends on numpy<2 and so on.',
    )
    expect(error.hint).toBe(
      'Loosen one of: pandas==2.2.0 (line 2 of the conda file), numpy==2.5.5 (line 3 of the conda file).',
    )
  })

  test('of a failed build says so, also for what is only needed by another package', async () => {
    const direct = await explainUnbuilt(aRequest(['numpy=1.16']), 'numpy==1.16.0', ask)
    expect(direct.message).toContain(
      'numpy==1.16.0 (line 2 of the conda file) cannot be installed with Python 3.11.7',
    )
    expect(direct.message).toContain('no wheel and could not be built')
    const indirect = await explainUnbuilt(aRequest(['pandas']), 'numpy==1.16.0', ask)
    expect(indirect.message).toContain('numpy==1.16.0, which another package needs, cannot be installed')
  })
})

const ask: AskIndex = async ({ text, python, order }) => {
  const [, name = '', constraint = ''] = /^([\w-]+)(.*)$/.exec(text) ?? []
  const minor = python.version.split('.').slice(0, 2).join('.')
  const versions = Object.entries(index[name] ?? {})
    .filter(([version, minors]) => minors.includes(minor) && satisfies(version, constraint))
    .map(([version]) => version)
    .sort(compareVersions)
  return order === 'newest' ? versions.at(-1) : versions[0]
}

function aRequest(texts: string[]): LockRequest {
  const requirements = texts.map((text, at): Requirement => ({
    name: text.split('=')[0] ?? text,
    extras: [],
    text,
    line: at + 2,
  }))
  const options = { extraIndexUrls: [], findLinks: [], prereleases: false }
  return { requirements, options, python: aPython('3.11.7'), others: [aPython('3.6.15')] }
}

function aPython(version: string): FoundPython {
  return { version, path: `/usr/bin/python${version}`, tag: 'cpython-x86_64-linux-gnu' }
}
