/** Which differences between a model and its environment are said. */
import { describe, expect, test } from 'vitest'
import { versionMismatches } from './version-mismatches.ts'

const model = { reference: 'm:1', writtenBy: { 'scikit-learn': '0.19.2' } }

describe('version mismatches', () => {
  test.each([
    { has: '0.19.1', said: 0 },
    { has: '0.20.0', said: 1 },
    { has: '1.7.2', said: 1 },
  ])('of a model written by 0.19.2 in an environment with $has: $said', ({ has, said }) => {
    expect(versionMismatches([model], [{ name: 'scikit-learn', version: has }])).toHaveLength(said)
  })

  test('name both versions and the pin that would fit', () => {
    const [text] = versionMismatches([model], [{ name: 'scikit-learn', version: '1.7.2' }])
    expect(text).toContain('0.19.2')
    expect(text).toContain('1.7.2')
    expect(text).toContain('scikit-learn=0.19.2')
  })

  test('say when the library is not in the environment at all', () => {
    expect(versionMismatches([model], [])).toEqual([expect.stringContaining('does not name')])
  })
})
