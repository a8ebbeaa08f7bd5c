/** Every example does what its README says, typed as it stands there. */
import path from 'node:path'
import type { Environment, Image, Model } from '@slipway/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findInterpreters } from '../../packages/server/src/environments/interpreters.ts'
import { ExampleRunner } from '../support/example-runner.ts'
import { openStage, projectDir, type Stage } from '../support/stage.ts'

const interpreters = await findInterpreters(
  { env: process.env, cacheFile: path.join(projectDir, '.cache', 'test', 'interpreters.json') },
  AbortSignal.timeout(30_000),
)

describe('the examples', () => {
  let stage: Stage
  let runner: ExampleRunner
  beforeAll(async () => {
    stage = await openStage()
    runner = await ExampleRunner.open(stage)
  })
  afterAll(() => stage?.close())

  /** Training packages are there already: installing them into the machine’s Python is left to people. */
  const withoutInstall = (command: string) =>
    /^python3\S* -m pip install/.test(command) ? undefined : command
  const play = (example: string) => runner.play(example, { site: runner.site, edit: withoutInstall })

  test('diabetes: a service predicts what the model file predicts in plain Python', async () => {
    const reply = JSON.parse(await play('diabetes')) as { predictions: number[] }
    const rows = [[0.04, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.0, 0.02, -0.02]]
    const expected = await runner.tools.predict(runner.file('examples/diabetes/diabetes.pkl'), rows)
    expect(reply.predictions).toHaveLength(1)
    expect(reply.predictions[0]).toBeCloseTo(expected[0] ?? Number.NaN, 9)
  })

  test('sklearn-regression: known coefficients give the known predictions', async () => {
    const reply = JSON.parse(await play('sklearn-regression')) as number[]
    const { reply: promised } = await runner.readme('sklearn-regression')
    expect(JSON.parse(promised ?? '')).toEqual([5215.198131579868, 3726.9954859385775])
    expect(reply).toHaveLength(2)
    expect(reply[0]).toBeCloseTo(5215.198131579868, 6)
    expect(reply[1]).toBeCloseTo(3726.9954859385775, 6)
  })

  test('sklearn-regression shares the environment that diabetes has built', async () => {
    const images = await stage.json<Image[]>(['image', 'list'])
    const environments = images.map(({ status }) => status.environment)
    expect(environments).toHaveLength(2)
    expect(environments[0]).toBe(environments[1])
  })

  test('reverse-bytes: a POST comes back in reverse, byte for byte, a GET as its path', async () => {
    expect(await play('reverse-bytes')).toBe((await runner.readme('reverse-bytes')).reply)
    const params = { workspace: 'default', name: 'reverse' }
    const { status } = await stage.client.services.get({ params })
    const { primaryKey } = await stage.client.services.keys({ params })
    const headers = { authorization: `Bearer ${primaryKey}` }
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const posted = await fetch(status.scoringUri, { method: 'POST', headers, body: bytes })
    expect(new Uint8Array(await posted.arrayBuffer())).toEqual(bytes.toReversed())
    const got = await fetch(`${status.scoringUri}?a=1&b=%20x`, { headers })
    expect(await got.text()).toBe('/score?a=1&b=%20x')
  })

  test('folder-model: the script finds the files of its model where they were', async () => {
    const { reply } = await runner.readme('folder-model')
    expect(JSON.parse(await play('folder-model'))).toEqual(JSON.parse(reply ?? ''))
  })

  describe.each([
    { series: '3.6', library: '0.19.2', edit: (command: string) => command },
    { series: '3.7', library: '0.20.3', edit: forPython37 },
  ])('old-pickle, of scikit-learn $library', ({ series, library, edit }) => {
    const python = interpreters.find(({ version }) => version.startsWith(`${series}.`))
    const reason = python ? '' : ` (skipped: there is no Python ${series})`

    test.skipIf(!python)(`is served by the Python it was written with${reason}`, async () => {
      await runner.provide(`python${series}`, python?.path ?? '')
      const output = await runner.play('old-pickle', {
        site: path.join(stage.folder, `site-${series}`),
        edit,
      })
      expect(JSON.parse(output)).toEqual(JSON.parse((await runner.readme('old-pickle')).reply ?? ''))
      const { metadata, status } = await stage.json<Model>(['model', 'show', 'old'])
      expect(metadata.workspace).toBe('default')
      expect(status.scan.verdict).toBe('clean')
      const [environment] = await stage.json<Environment[]>(['environment', 'list', '--limit', '1'])
      expect(environment?.status.python.version).toBe(python?.version)
      const versions = environment?.status.packages.map(({ name, version }) => `${name} ${version}`)
      expect(versions).toContain(`scikit-learn ${library}`)
      await stage.output(['service', 'delete', 'old'])
    })
  })
})

/** The README shows the commands for Python 3.6 and names what is different for 3.7. */
function forPython37(command: string): string {
  return command
    .replaceAll('python3.6', 'python3.7')
    .replaceAll('py36.yml', 'py37.yml')
    .replace('numpy==1.15.4', 'numpy==1.16.6')
    .replace('scipy==1.1.0', 'scipy==1.2.3')
    .replace('scikit-learn==0.19.2', 'scikit-learn==0.20.3')
}
