/** Locks as text. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatLock, parseLock } from './lock-file.ts'

describe('a lock file', () => {
  test('is read with hashes, comments and addresses', () => {
    const text = `# a comment
ruamel.yaml==0.18.6 \\
    --hash=sha256:bb \\
    --hash=sha256:aa
    # via -r requirements.in
numpy==1.17.3 ; python_version < "3.8" \\
    --hash=sha256:cc
six @ https://example.org/a/six-1.17.0-py2.py3-none-any.whl \\
    --hash=sha256:dd
thing @ https://example.org/archive/thing.zip \\
    --hash=sha256:ee
`
    expect(parseLock(text)).toEqual([
      { name: 'numpy', version: '1.17.3', hashes: ['sha256:cc'] },
      { name: 'ruamel-yaml', version: '0.18.6', hashes: ['sha256:aa', 'sha256:bb'] },
      {
        name: 'six',
        version: '1.17.0',
        hashes: ['sha256:dd'],
        url: 'https://example.org/a/six-1.17.0-py2.py3-none-any.whl',
      },
      {
        name: 'thing',
        version: 'unknown',
        hashes: ['sha256:ee'],
        url: 'https://example.org/archive/thing.zip',
      },
    ])
  })

  test('says again what it was read from', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(-[a-z0-9]{1,4})?$/)
    const version = fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,3}((a|rc|\.post)\d)?$/)
    const hash = fc.stringMatching(/^sha256:[0-9a-f]{8}$/)
    const locked = fc.record({ name, version, hashes: fc.uniqueArray(hash).map((hashes) => hashes.sort()) })
    fc.assert(
      fc.property(fc.uniqueArray(locked, { selector: (entry) => entry.name }), (packages) => {
        const sorted = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))
        expect(parseLock(formatLock(sorted))).toEqual(sorted)
      }),
    )
  })
})
