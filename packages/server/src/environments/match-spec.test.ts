/** Conda match specifications in all the forms that conda files use. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMatchSpec } from './match-spec.ts'

describe('a match specification', () => {
  test.each([
    ['numpy', { name: 'numpy' }],
    ['numpy=1.17', { name: 'numpy', version: '=1.17' }],
    ['numpy==1.17.3', { name: 'numpy', version: '==1.17.3' }],
    ['numpy = 1.17', { name: 'numpy', version: '=1.17' }],
    ['numpy>=1.16,<2', { name: 'numpy', version: '>=1.16,<2' }],
    ['numpy >=1.16, <2', { name: 'numpy', version: '>=1.16,<2' }],
    ['numpy 1.17.*', { name: 'numpy', version: '1.17.*' }],
    ['numpy 1.17.3', { name: 'numpy', version: '==1.17.3' }],
    ['numpy=1.17.*', { name: 'numpy', version: '=1.17.*' }],
    ['numpy=*', { name: 'numpy', version: '=*' }],
    ['numpy=1.17.3=py37h95a1406_0', { name: 'numpy', version: '==1.17.3', build: 'py37h95a1406_0' }],
    ['numpy==1.17.3=py37h95a1406_0', { name: 'numpy', version: '==1.17.3', build: 'py37h95a1406_0' }],
    ['numpy 1.17.3 py37h95a1406_0', { name: 'numpy', version: '==1.17.3', build: 'py37h95a1406_0' }],
    ['numpy=1.17.3=*', { name: 'numpy', version: '==1.17.3' }],
    ['conda-forge::numpy', { name: 'numpy', channel: 'conda-forge' }],
    ['conda-forge::numpy=1.17', { name: 'numpy', version: '=1.17', channel: 'conda-forge' }],
    ['numpy!=1.17.0', { name: 'numpy', version: '!=1.17.0' }],
    ['numpy=1.17|1.18', { name: 'numpy', version: '=1.17|1.18' }],
    ['PyYAML', { name: 'pyyaml' }],
    ['ruamel_yaml', { name: 'ruamel_yaml' }],
    ['_libgcc_mutex=0.1=main', { name: '_libgcc_mutex', version: '==0.1', build: 'main' }],
    ["numpy[version='>=1.17,<2',build=py37]", { name: 'numpy', version: '>=1.17,<2', build: 'py37' }],
    ['numpy[channel="conda-forge"]', { name: 'numpy', channel: 'conda-forge' }],
  ])('%s is understood', (text, expected) => {
    expect(parseMatchSpec(text)).toEqual(expected)
  })

  test.each(['', '=1.0', './numpy.tar.bz2', 'https://host/numpy.tar.bz2', 'numpy[version=1'])(
    '%j is not one',
    (text) => {
      expect(parseMatchSpec(text)).toBeUndefined()
    },
  )

  test('name, version and build survive any spacing', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}[a-z0-9]$/)
    const version = fc.stringMatching(/^[1-9]\d?(\.\d{1,3}){0,3}$/)
    const space = fc.constantFrom('', ' ', '  ')
    fc.assert(
      fc.property(fc.tuple(word, version, word, space), ([name, release, build, gap]) => {
        expect(parseMatchSpec(`${name}${gap}=${gap}${release}`)).toEqual({ name, version: `=${release}` })
        expect(parseMatchSpec(`${name}=${release}=${build}`)).toEqual({
          name,
          version: `==${release}`,
          build,
        })
      }),
    )
  })
})
