/** Conda constraints as those of Python packages. */
import { describe, expect, test } from 'vitest'
import { toPep440 } from './version-constraint.ts'

describe('a conda constraint', () => {
  test.each([
    ['', ''],
    ['*', ''],
    ['=*', ''],
    ['=1.17', '==1.17.*'],
    ['=1.17.*', '==1.17.*'],
    ['==1.17.*', '==1.17.*'],
    ['1.17.*', '==1.17.*'],
    ['1.17*', '==1.17.*'],
    ['==1.17.3', '==1.17.3'],
    ['===1.17.3', '===1.17.3'],
    ['>=1.16,<2', '>=1.16,<2'],
    ['>=1.16.*', '>=1.16'],
    ['>=1.16,*', '>=1.16'],
    ['!=1.17.*', '!=1.17.*'],
    ['~=1.17', '~=1.17'],
    ['~=1', '>=1'],
    ['=1.0b1', '==1.0b1'],
    ['=1.0.post1', '==1.0.post1'],
    ['==1.7.1+cpu', '==1.7.1+cpu'],
    ['<2.0a0', '<2.0a0'],
  ])('%j becomes %j', (conda, pip) => {
    expect(toPep440(conda)).toBe(pip)
  })

  test.each(['1.7|1.8', '^1.*$', '=2019_04', '>=1.0,<abc', '=1.1.1w'])('%j cannot be expressed', (conda) => {
    expect(toPep440(conda)).toBeUndefined()
  })
})
