/** Conda files: what is in them, and the line of what is wrong. */
import { ApiError } from '@slipway/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCondaFile } from './conda-file.ts'

const whole = `# made by CondaDependencies
name: project_environment
channels:
  - conda-forge
  - &main defaults
dependencies:
  - python=3.6.2
  - "scikit-learn"   # newest

  - pip:
    - azureml-defaults==1.0.43
    - --extra-index-url https://example.org/simple
  - numpy=1.10
  - pip
variables:
  OMP_NUM_THREADS: 1
  EMPTY:
prefix: /opt/miniconda/envs/project
`

describe('a conda file', () => {
  test('is read whole, with the line of each entry', () => {
    expect(parseCondaFile(whole)).toEqual({
      name: 'project_environment',
      channels: ['conda-forge', 'defaults'],
      dependencies: [
        { name: 'python', version: '=3.6.2', text: 'python=3.6.2', line: 7 },
        { name: 'scikit-learn', text: 'scikit-learn', line: 8 },
        { name: 'numpy', version: '=1.10', text: 'numpy=1.10', line: 13 },
        { name: 'pip', text: 'pip', line: 14 },
      ],
      pip: [
        { text: 'azureml-defaults==1.0.43', line: 11 },
        { text: '--extra-index-url https://example.org/simple', line: 12 },
      ],
      variables: { OMP_NUM_THREADS: '1', EMPTY: '' },
    })
  })

  test.each(['', '\n', '# nothing\n', '---\n', 'dependencies:\n', 'dependencies: []\nchannels:\n'])(
    'may be as empty as %j',
    (text) => {
      expect(parseCondaFile(text)).toEqual({ channels: [], dependencies: [], pip: [], variables: {} })
    },
  )

  test('may be a flow mapping, have Windows line ends and aliases', () => {
    const file = parseCondaFile('{name: x,\r\ndependencies: [&a numpy,\r\n*a]}\r\n')
    expect(file.dependencies.map(({ text, line }) => [text, line])).toEqual([
      ['numpy', 2],
      ['numpy', 2],
    ])
  })

  test.each([
    ['a: [', 1, 'not YAML'],
    ['name: x\nname: y\n', 2, 'not YAML'],
    ['name: x\n\ndependency:\n- numpy\n', 3, 'unknown key dependency'],
    ['- numpy\n', 1, 'mapping'],
    ['just text', 1, 'mapping'],
    ['dependencies: numpy\n', 1, '`dependencies` must be a list'],
    ['dependencies:\n- numpy\n- [a]\n', 3, 'must be a text'],
    ['dependencies:\n- numpy\n- npm:\n  - x\n', 3, 'only `pip:`'],
    ['dependencies:\n- numpy\n- ==1\n', 3, '==1 is not a conda package specification'],
    ['dependencies:\n-\n', 2, 'empty'],
    ['dependencies:\n- pip:\n  - a: b\n', 3, 'must be a text'],
    ['variables:\n  a b: c\n', 2, 'a b is not a name'],
    ['variables:\n- a\n', 2, 'mapping'],
  ])('%j is refused with its line', (text, line, words) => {
    const error = errorOf(text)
    expect(error.code).toBe('invalid')
    expect(error.message).toContain(`line ${line} of the conda file`)
    expect(error.message).toContain(words)
  })

  test('that is nonsense is refused as such, and never breaks the parser', () => {
    const piece = fc.constantFrom(
      'dependencies',
      ':',
      '\n',
      '- ',
      ' ',
      'pip',
      'numpy',
      '[',
      '&a',
      '*a',
      '!!x',
      '"',
      '{',
      '=',
      '1',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const outcome = attempt(text)
          expect(outcome instanceof ApiError ? outcome.code : outcome).toBe(
            outcome instanceof ApiError ? 'invalid' : 'read',
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})

function attempt(text: string): unknown {
  try {
    parseCondaFile(text)
    return 'read'
  } catch (error) {
    return error
  }
}

function errorOf(text: string): ApiError {
  const error = attempt(text)
  if (error instanceof ApiError) return error
  throw new Error(`no ApiError: ${String(error)}`)
}
