/** Entries of a pip list: requirements, options, refusals. */
import { ApiError } from '@slipway/contract'
import { describe, expect, test } from 'vitest'
import { normalizeName, readPipEntry, type IndexOptions } from './pip-entry.ts'

describe('an entry of the pip list', () => {
  test.each([
    ['numpy', 'numpy', []],
    ['Flask_SQLAlchemy>=2', 'flask-sqlalchemy', []],
    ['requests[socks, security]==2.2', 'requests', ['socks', 'security']],
    ['numpy ; python_version < "3.8"', 'numpy', []],
    ['six @ https://example.org/six-1.17.0-py2.py3-none-any.whl', 'six', []],
    ['numpy (>=1.16)', 'numpy', []],
    ['a', 'a', []],
  ])('%s is a requirement', (text, name, extras) => {
    expect(read(text).requirement).toEqual({ name, extras, text, line: 4 })
  })

  test('a bare address becomes a requirement with the name in it', () => {
    const { requirement } = read('https://example.org/scikit_learn-1.0-cp38-cp38-linux_x86_64.whl')
    expect(requirement).toMatchObject({
      name: 'scikit-learn',
      text: 'scikit_learn @ https://example.org/scikit_learn-1.0-cp38-cp38-linux_x86_64.whl',
    })
    expect(read('https://example.org/archive/abc.zip#egg=thing').requirement?.name).toBe('thing')
  })

  test('comments are no part of it', () => {
    expect(read('numpy==1.17 # pinned').requirement?.text).toBe('numpy==1.17')
    expect(read('# numpy').requirement).toBeUndefined()
  })

  test.each([
    ['--index-url https://example.org/a?b=c', { indexUrl: 'https://example.org/a?b=c' }],
    ['--index-url=https://example.org/a?b=c', { indexUrl: 'https://example.org/a?b=c' }],
    ['-i https://example.org/s', { indexUrl: 'https://example.org/s' }],
    ['--extra-index-url https://example.org/s', { extraIndexUrls: ['https://example.org/s'] }],
    ['-f https://example.org/s', { findLinks: ['https://example.org/s'] }],
    ['--find-links=https://example.org/s --pre', { findLinks: ['https://example.org/s'], prereleases: true }],
    ['--prefer-binary', {}],
  ])('%s is an option that is honoured', (text, expected) => {
    expect(read(text)).toEqual({
      requirement: undefined,
      options: { extraIndexUrls: [], findLinks: [], prereleases: false, ...expected },
    })
  })

  test.each([
    ['-r requirements.txt', 'unsupported', '-r is refused'],
    ['--requirement=a.txt', 'unsupported', '--requirement is refused'],
    ['-c constraints.txt', 'unsupported', '-c is refused'],
    ['-e .', 'unsupported', '-e is refused'],
    ['-e git+https://example.org/a.git', 'unsupported', '-e is refused'],
    ['--no-binary :all:', 'unsupported', '--no-binary is refused'],
    ['--find-links /wheels', 'unsupported', '/wheels'],
    ['--index-url', 'unsupported', 'nothing'],
    ['git+https://example.org/a.git', 'unsupported', 'no hash'],
    ['a @ git+https://example.org/a.git', 'unsupported', 'no hash'],
    ['./local', 'unsupported', 'source folder'],
    ['/abs/local.whl', 'unsupported', 'source folder'],
    ['local-1.0.whl', 'unsupported', 'source folder'],
    ['a @ file:///x', 'unsupported', 'source folder'],
    ['numpy --hash=sha256:00', 'unsupported', 'options behind'],
    ['numpy 1.17', 'invalid', 'not a pip requirement'],
    ['=1.0', 'invalid', 'not a pip requirement'],
  ])('%s is refused with its line', (text, code, words) => {
    const error = refusalOf(text)
    expect(error.code).toBe(code)
    expect(error.message).toContain('line 4 of the conda file')
    expect(error.message).toContain(words)
  })

  test('names are compared as the index compares them', () => {
    expect(normalizeName('Ruamel.Yaml__X')).toBe('ruamel-yaml-x')
  })
})

function read(text: string) {
  const options: IndexOptions = { extraIndexUrls: [], findLinks: [], prereleases: false }
  return { requirement: readPipEntry({ text, line: 4 }, options), options }
}

function refusalOf(text: string): ApiError {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ApiError) return error
  }
  throw new Error('it was not refused')
}
