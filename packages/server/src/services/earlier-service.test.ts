/** Services that were stored before they had versions. */
import { ServiceSettings } from '@slipway/contract'
import { expect, test } from 'vitest'
import { key, openServiceStage } from '../../test/services/service-stage.ts'

test('a service of before is read as one with one version, and can still be rolled back', async () => {
  const stage = await openServiceStage()
  await stage.image('echo')
  const { authEnabled, scoringTimeoutMs, environmentVariables } = ServiceSettings.parse({})
  const settings = { authEnabled, scoringTimeoutMs, environmentVariables, numReplicas: 2 }
  const revision = { settings, generation: 2, servedSince: '2026-01-01T00:00:00.000Z' }
  await stage.deploy()
  await stage.store.update(key, () => ({
    spec: { image: 'echo:2', target: 'process', settings },
    status: {
      state: 'Healthy',
      serving: { ...revision, image: 'echo:2' },
      history: [{ ...revision, image: 'echo:1' }],
      replicas: [],
      limits: { cpu: { enforced: true }, memory: { enforced: true } },
      conditions: [],
    },
  }))
  const { spec, status } = await stage.settle()
  expect(spec).toMatchObject({
    versionName: 'v1',
    versions: {},
    settings: { numReplicas: 2, corsOrigins: [] },
  })
  expect(status).toMatchObject({ state: 'Healthy', versions: { v1: { deployed: true } } })
  expect(stage.routed()?.replicas).toHaveLength(2)
  await stage.rollback()
  await stage.settle()
  expect((await stage.version()).serving?.image).toBe('echo:1')
})
