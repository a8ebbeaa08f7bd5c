/** Which Python an environment gets. */
import { ApiError } from '@slipway/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choosePython, compareVersions, satisfies, type FoundPython } from './python-version.ts'

const machine = ['3.6.15', '3.8.18', '3.10.13', '3.11.2', '3.11.7', '3.13.0'].map(aPython)

describe('choosing a Python', () => {
  test.each([
    [undefined, '3.11.7'],
    ['', '3.11.7'],
    ['>=3.6', '3.11.7'],
    ['==3.11.*', '3.11.7'],
    ['==3.11.2.*', '3.11.2'],
    ['==3.11.2', '3.11.2'],
    ['==3.6.*', '3.6.15'],
    ['>=3.7,<3.9', '3.8.18'],
    ['>3.12', '3.13.0'],
    ['!=3.11.*', '3.10.13'],
    ['~=3.10.5', '3.10.13'],
  ])('%s is met by %s', (constraint, version) => {
    const choice = choosePython(machine, { ...(constraint !== undefined && { constraint }), strict: true })
    expect(choice).toEqual({ python: aPython(version) })
  })

  test.each([
    ['==3.6.2.*', '3.6.15'],
    ['==3.11.9.*', '3.11.7'],
    ['==3.7.*', '3.8.18'],
    ['==3.9.5.*', '3.10.13'],
    ['==3.5.*', '3.6.15'],
    ['>=3.14', '3.13.0'],
  ])('%s gets the nearest, %s, with a warning', (constraint, version) => {
    const choice = choosePython(machine, { constraint, line: 3, strict: false })
    expect(choice.python.version).toBe(version)
    expect(choice.warning).toContain(`${version} is the nearest`)
    expect(choice.warning).toContain('line 3')
  })

  test('strict refuses the nearest and names what there is', () => {
    const error = refusalOf(() => choosePython(machine, { constraint: '==3.6.2.*', line: 3, strict: true }))
    expect(error.code).toBe('unsatisfiable')
    expect(error.message).toBe(
      'line 3 of the conda file: Python 3.6.2 is not on this machine, which has 3.13.0, 3.11.7, 3.11.2, 3.10.13, 3.8.18, 3.6.15',
    )
  })

  test('another major version is never the nearest', () => {
    expect(refusalOf(() => choosePython(machine, { constraint: '==2.7.*', strict: false })).code).toBe(
      'unsatisfiable',
    )
  })

  test('a machine without Python is told so', () => {
    expect(refusalOf(() => choosePython([], { strict: false })).message).toContain('no Python')
  })

  test('without 3.10 to 3.12, the newest is taken', () => {
    expect(choosePython([aPython('3.8.1'), aPython('3.14.0')], { strict: false }).python.version).toBe(
      '3.14.0',
    )
  })
})

describe('version clauses', () => {
  const version = fc.tuple(fc.nat(30), fc.nat(30)).map(([minor, patch]) => `3.${minor}.${patch}`)

  test('agree with the order of versions', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = Math.sign(compareVersions(a, b))
        expect([satisfies(a, `<${b}`), satisfies(a, `==${b}`), satisfies(a, `>${b}`)]).toEqual([
          order < 0,
          order === 0,
          order > 0,
        ])
        expect(satisfies(a, `>=${b}`)).toBe(!satisfies(a, `<${b}`))
        expect(satisfies(a, `!=${b}`)).toBe(!satisfies(a, `==${b}`))
      }),
    )
  })

  test('a prefix ends at a dot', () => {
    expect(satisfies('3.11.7', '==3.1.*')).toBe(false)
    expect(satisfies('3.1.7', '==3.1.*')).toBe(true)
  })
})

function aPython(version: string): FoundPython {
  return { version, path: `/usr/bin/python${version}`, tag: 'cpython-x86_64-linux-gnu' }
}

function refusalOf(act: () => unknown): ApiError {
  try {
    act()
  } catch (error) {
    if (error instanceof ApiError) return error
  }
  throw new Error('it was not refused')
}
