/** Conda files that cannot be honoured: each names its line, and where it helps what exists instead. */
import type { Image } from '@slipway/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf, refused } from '../../support/refused.ts'
import { openStage, type Stage } from '../../support/stage.ts'

describe('an image is refused', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await stage.write('score.py', 'def init():\n    pass\n\ndef run(raw_data):\n    return raw_data\n')
  })
  afterAll(() => stage?.close())

  const create = async (condaFile: string, ...flags: string[]) => {
    await stage.write('myenv.yml', condaFile)
    const args = ['image', 'create', '--name', 'mine', '--entry-script', 'score.py', ...flags]
    return await refused(stage, [...args, '--conda-file', 'myenv.yml'])
  }

  describe('at once, and leaves no version behind,', () => {
    const nothingStays = async () => {
      expect(await stage.json<unknown[]>(['image', 'list'])).toHaveLength(0)
      expect(await stage.json<unknown[]>(['operation', 'list'])).toHaveLength(0)
      expect(await stage.unfinished()).toEqual([])
    }
    afterEach(nothingStays)

    test('when its conda file is not YAML', async () => {
      const { exit, code, detail } = await create('name: x\ndependencies:\n  - python=3.11\n - numpy: [\n')
      expect({ exit, code }).toEqual({ exit: 2, code: 'invalid' })
      expect(detail).toMatch(/^line 4 of the conda file: it is not YAML: /)
    })

    test('when its conda file is a list', async () => {
      expect(await create('- numpy\n')).toMatchObject({
        exit: 2,
        code: 'invalid',
        detail: 'line 1 of the conda file: it must be a mapping with a `dependencies` list',
      })
    })

    test('when its conda file has an unknown key', async () => {
      expect(await create('name: x\ndependancies:\n  - numpy\n')).toEqual({
        exit: 2,
        code: 'invalid',
        detail:
          'line 2 of the conda file: unknown key dependancies; the keys are name, channels, dependencies, prefix, variables',
        hint: 'Correct this line of the conda file.',
      })
    })

    test('when its conda file asks for what is no Python package', async () => {
      const { exit, code, detail } = await create('dependencies:\n  - python\n  - r-base=4.1\n')
      expect({ exit, code }).toEqual({ exit: 1, code: 'unsatisfiable' })
      expect(detail).toBe('line 3 of the conda file: r-base is a conda package that is not a Python package')
    })

    test.each([
      { field: 'environment.runtime', flags: ['--runtime', 'spark-py'] },
      { field: 'baseImage', flags: ['--base-image', 'python:3.11'] },
      { field: 'enableGpu', flags: ['--enable-gpu'] },
      { field: 'dockerFile', flags: ['--docker-file', 'extra-steps'] },
    ])('when it sets $field, which this version cannot honour', async ({ field, flags }) => {
      await stage.write('extra-steps', 'RUN apt-get install -y libgomp1\n')
      const refusal = await create('name: x\n', ...flags)
      expect(refusal).toMatchObject({
        exit: 1,
        code: 'unsupported',
        detail: `this version of Slipway cannot honour ${field}`,
      })
      expect(refusal.hint).toBeTruthy()
      expect(refusal.fields?.map(({ path }) => path)).toEqual([`body.${field}`])
    })

    test('when its model does not exist', async () => {
      expect(await create('name: x\n', '--model', 'nobody')).toMatchObject({ exit: 3, code: 'not-found' })
    })
  })

  test('after its packages were looked up, when a pin has no such version: line and nearest versions are named', async () => {
    const { exit, code, detail, hint } = await create(
      'dependencies:\n  - python=3.11\n  - pip:\n    - joblib==1.2.99\n',
    )
    expect({ exit, code }).toEqual({ exit: 1, code: 'unsatisfiable' })
    expect(detail).toMatch(
      /^joblib==1\.2\.99 \(line 4 of the conda file\) cannot be installed with Python 3\.11\.\d+: there is no such version for it; nearest is 1\.2\.0 and 1\.3\.0, newest is \d+\.\d+\.\d+$/,
    )
    expect(hint).toBe('Ask for joblib==1.2.0 instead.')
  })

  test('after its packages were looked up, when two of them exclude each other: both lines are named', async () => {
    const { exit, code, detail, hint } = await create(
      'dependencies:\n  - python=3.11\n  - pip:\n    - requests==2.31.0\n    - urllib3==1.20\n',
    )
    expect({ exit, code }).toEqual({ exit: 1, code: 'unsatisfiable' })
    expect(detail).toContain('cannot be installed together with Python 3.11')
    expect(hint).toMatch(
      /requests==2\.31\.0 \(line 4 of the conda file\).*urllib3==1\.20 \(line 5 of the conda file\)/,
    )
  })

  test('a version that failed says why in list, show, log and deploy, and is deleted like any other', async () => {
    const images = await stage.json<Image[]>(['image', 'list', '--name', 'mine'])
    expect(images.map(({ version, status }) => `${version} ${status.state}`)).toEqual([
      '2 Failed',
      '1 Failed',
    ])
    const first = await stage.json<Image>(['image', 'show', 'mine:1'])
    expect(first.status.error?.code).toBe('unsatisfiable')
    expect(first.status.conditions).toMatchObject([{ type: 'Ready', status: 'false', reason: 'BuildFailed' }])
    expect(await stage.output(['image', 'logs', 'mine:1'])).toContain(first.status.error?.message)
    const deploy = stage.client.services.deploy({
      params: { workspace: 'default' },
      body: { name: 'mine', image: 'mine:1' },
    })
    expect(await refusalOf(deploy)).toMatchObject({ status: 422, code: 'build-failed' })
    for (const version of ['mine:1', 'mine:2']) await stage.output(['image', 'delete', version])
    expect(await stage.json(['image', 'list'])).toEqual([])
    expect(await stage.json(['environment', 'list'])).toEqual([])
    expect(await stage.unfinished()).toEqual([])
  })
})
