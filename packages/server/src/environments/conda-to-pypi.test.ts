/** What a conda file asks for, as Python packages. */
import { ApiError } from '@slipway/contract'
import { describe, expect, test } from 'vitest'
import { parseCondaFile } from './conda-file.ts'
import { fateOf, pypiNames } from './conda-names.ts'
import { planEnvironment } from './conda-to-pypi.ts'

describe('planning an environment', () => {
  test.each([
    ['scikit-learn', 'scikit-learn'],
    ['numpy=1.17', 'numpy==1.17.*'],
    ['pytorch=1.4', 'torch==1.4.*'],
    ['py-xgboost', 'xgboost'],
    ['opencv==4.5.5', 'opencv-python-headless==4.5.5.*'],
    ['opencv>=4.5', 'opencv-python-headless>=4.5'],
    ['tensorflow-gpu==2.4.1', 'tensorflow==2.4.1'],
    ['pytables', 'tables'],
    ['ruamel_yaml', 'ruamel.yaml'],
    ['librosa', 'librosa'],
    ['setuptools=41', 'setuptools==41.*'],
    ['conda-forge::lightgbm=2.3.0=py37hc9558a2_0', 'lightgbm==2.3.0'],
  ])('conda’s %s is pip’s %s', (conda, pip) => {
    expect(plan(`- ${conda}`).requirements.map(({ text }) => text)).toEqual([pip])
  })

  test('the Python is taken out of the packages', () => {
    expect(plan('- python=3.6.2\n- numpy')).toMatchObject({
      python: { constraint: '==3.6.2.*', line: 2 },
      requirements: [{ name: 'numpy', line: 3 }],
    })
    expect(plan('- python').python).toBeUndefined()
  })

  test('what has no use without conda is left out, and said', () => {
    const { requirements, warnings } = plan(
      '- mkl\n- cudatoolkit=10.0\n- pip\n- _libgcc_mutex=0.1=main\n- numpy=1.17.3=py37_0',
    )
    expect(requirements.map(({ text }) => text)).toEqual(['numpy==1.17.3'])
    expect(warnings).toEqual([
      'left out, they have no use here: mkl, cudatoolkit, pip, _libgcc_mutex',
      'conda build strings are not used, versions are: numpy',
    ])
  })

  test.each([
    ['r-base', 'r-base is a conda package'],
    ['r-ggplot2=3.0', 'r-ggplot2 is a conda package'],
    ['openjdk', 'openjdk is a conda package'],
    ['libfoo', 'libfoo is a conda package'],
    ['numpy=1.17|1.18', 'cannot express'],
  ])('%s cannot be had, and its line is named', (conda, words) => {
    const error = refusalOf(`- numpy\n- ${conda}`)
    expect(error.code).toBe('unsatisfiable')
    expect(error.message).toContain('line 3')
    expect(error.message).toContain(words)
  })

  test('packages of Azure ML are provided, and what their extras need is installed', () => {
    const { requirements, provided } = plan(`- azureml-core
- pandas=1.0
- pip:
  - azureml-defaults==1.0.43
  - azureml_contrib_services
  - inference-schema[numpy-support,pandas-support]==1.1`)
    expect(provided).toEqual([
      'azureml-contrib-services',
      'azureml-core',
      'azureml-defaults',
      'inference-schema',
    ])
    expect(requirements).toEqual([
      { name: 'pandas', extras: [], text: 'pandas==1.0.*', line: 3 },
      { name: 'python-dateutil', extras: [], text: 'python-dateutil', line: 7 },
      { name: 'numpy', extras: [], text: 'numpy', line: 7 },
    ])
  })

  test.each([
    ['azureml-defaults', []],
    ['azureml-monitoring', []],
    ['inference-schema', ['python-dateutil']],
    ['azureml-webservice-schema', ['numpy', 'pandas']],
  ])('%s is provided without a word, and only its needs are installed', (name, needs) => {
    const { requirements, provided, warnings } = plan(`- ${name}`)
    expect(provided).toEqual([name])
    expect(requirements.map((requirement) => requirement.name)).toEqual(needs)
    expect(warnings).toEqual([])
  })

  test('channels with an address are not used, and that is said', () => {
    const file = parseCondaFile('channels: [defaults, "https://example.org/conda"]\n')
    expect(planEnvironment(file).warnings).toEqual([
      'conda channels are not used, packages come from the Python index: https://example.org/conda',
    ])
  })

  test('every row of the name table changes the name, and none is dropped or refused', () => {
    for (const [conda, pypi] of pypiNames) {
      expect(pypi).not.toBe(conda)
      expect(fateOf(conda)).toEqual({ kind: 'install', name: pypi })
    }
  })
})

function plan(dependencies: string) {
  return planEnvironment(parseCondaFile(`dependencies:\n${dependencies}\n`))
}

function refusalOf(dependencies: string): ApiError {
  try {
    plan(dependencies)
  } catch (error) {
    if (error instanceof ApiError) return error
  }
  throw new Error('it was not refused')
}
