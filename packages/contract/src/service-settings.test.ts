/** The rules between settings of services. */
import { describe, expect, test } from 'vitest'
import { checkValue } from './check-value.ts'
import { autoscaleOf, NewServiceSettings, SettingsChange, VersionSettings } from './service-settings.ts'
import { ServiceSpec } from './service.ts'
import { versionsOf } from './service-version.ts'

const faultsOf = (value: object) => {
  const checked = checkValue(NewServiceSettings, { where: 'body.settings', value })
  return checked.kind === 'valid' ? [] : checked.faults.map(({ path, message }) => `${path} ${message}`)
}

describe('settings', () => {
  test('have Azure’s defaults', () => {
    expect(NewServiceSettings.parse({})).toEqual({
      tokenAuthEnabled: false,
      corsOrigins: [],
      sslEnabled: false,
      autoscaleEnabled: false,
      scoringTimeoutMs: 60_000,
      replicaMaxConcurrentRequests: 1,
      maxRequestWaitTimeMs: 500,
      maxQueueLength: 1000,
      initTimeoutSeconds: 300,
      periodSeconds: 10,
      initialDelaySeconds: 310,
      timeoutSeconds: 2,
      successThreshold: 1,
      failureThreshold: 3,
      scriptErrors: 'as-sent',
      enableAppInsights: false,
      collectModelData: false,
      environmentVariables: {},
    })
    expect(autoscaleOf(VersionSettings.parse({ autoscaleEnabled: true }))).toEqual({
      minReplicas: 1,
      maxReplicas: 10,
      refreshSeconds: 1,
      targetUtilization: 70,
    })
  })

  test.each([
    {
      given: { numReplicas: 2, autoscaleEnabled: true },
      says: 'numReplicas excludes autoscaleEnabled, which must be false for a fixed number (2)',
    },
    {
      given: { autoscaleMaxReplicas: 4 },
      says: 'autoscaleMaxReplicas needs autoscaleEnabled to be true (4)',
    },
    {
      given: { autoscaleEnabled: true, autoscaleMinReplicas: 3, autoscaleMaxReplicas: 1 },
      says: 'autoscaleMinReplicas must not exceed autoscaleMaxReplicas, which is 1 (3)',
    },
    {
      given: { authEnabled: true, tokenAuthEnabled: true },
      says: 'tokenAuthEnabled excludes authEnabled: callers are asked for a key or for a token, not for both (true)',
    },
    { given: { scoringTimeoutMs: 300_001 }, says: 'scoringTimeoutMs must be at most 300000 (300001)' },
    {
      given: { corsOrigins: ['example.com'] },
      says: 'corsOrigins.0 must be an origin such as https://example.com, or * ("example.com")',
    },
    {
      given: { sslCertPemFile: 'cert.pem' },
      says: 'sslCertPemFile is set for the whole scoring port: slipway serve --tls-cert FILE',
    },
    {
      given: { dnsNameLabel: 'mine' },
      says: 'dnsNameLabel is set for the whole scoring port: slipway serve --public-scoring-url URL',
    },
    { given: { nonsense: 1 }, says: 'nonsense is not known here' },
  ])('refuse $given', ({ given, says }) => {
    expect(faultsOf(given)).toEqual([`body.settings.${says}`])
  })

  test('that need not be there can be taken away, others cannot', () => {
    expect(SettingsChange.parse({ memoryGb: null, numReplicas: null })).toEqual({
      memoryGb: null,
      numReplicas: null,
    })
    expect(SettingsChange.safeParse({ scoringTimeoutMs: null }).success).toBe(false)
    expect(SettingsChange.parse({})).toEqual({})
  })
})

test('versions are the default one, which answers what is left, and the others by name', () => {
  const spec = ServiceSpec.parse({
    image: 'echo:1',
    versions: { b: { image: 'echo:3', trafficPercent: 40 }, a: { image: 'echo:2', trafficPercent: 10 } },
  })
  const seen = versionsOf(spec).map(({ name, isDefault, type, trafficPercent }) => [
    name,
    isDefault,
    type,
    trafficPercent,
  ])
  expect(seen).toEqual([
    ['v1', true, 'Control', 50],
    ['a', false, 'Treatment', 10],
    ['b', false, 'Treatment', 40],
  ])
})
