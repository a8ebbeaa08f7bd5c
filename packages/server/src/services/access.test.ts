/** Who may call a service: keys, tokens, or everybody, and the settings that say so. */
import { beforeEach, describe, expect, test } from 'vitest'
import { openServiceStage, prefix, type ServiceStage } from '../../test/services/service-stage.ts'

let stage: ServiceStage

beforeEach(async () => {
  stage = await openServiceStage()
})

describe('a service', () => {
  test('asks callers for its keys unless that is switched off', async () => {
    await stage.deploy()
    await stage.settle()
    const { primaryKey, secondaryKey } = await stage.keys()
    expect(stage.route?.auth).toEqual({ kind: 'keys', keys: [primaryKey, secondaryKey] })
    await stage.update({ settings: { authEnabled: false } })
    await stage.settle()
    expect(stage.route?.auth).toEqual({ kind: 'none' })
  })

  test('takes a regenerated key into the route before the reply, with the same replicas', async () => {
    await stage.deploy()
    await stage.settle()
    const before = stage.routed()?.replicas
    const keyValue = 'a-value-of-my-own-choosing'
    const pair = await stage.regenerateKey({ keyType: 'Secondary', keyValue })
    expect(stage.route?.auth).toEqual({ kind: 'keys', keys: [pair.primaryKey, keyValue] })
    expect(stage.routed()?.replicas).toEqual(before)
  })

  test('takes keys of one’s own at its creation', async () => {
    const given = { primaryKey: 'my-primary-key-0123', secondaryKey: 'my-secondary-key-0123' }
    await stage.deploy(given)
    expect(await stage.keys()).toEqual(given)
  })

  test('refuses keys of one’s own where it asks for none', async () => {
    const wish = { primaryKey: 'my-primary-key-0123', settings: { authEnabled: false } }
    await expect(stage.deploy(wish)).rejects.toThrow('body.primaryKey: needs authEnabled')
  })
})

describe('tokens', () => {
  test('turn the keys off, and tell when to come for the next one', async () => {
    await stage.deploy({ settings: { tokenAuthEnabled: true } })
    await stage.settle()
    expect((await stage.service()).spec.settings).toMatchObject({ authEnabled: false })
    expect(stage.route?.auth).toMatchObject({ kind: 'tokens', audience: prefix })
    const issued = await stage.token()
    expect(issued.tokenType).toBe('Bearer')
    expect(issued.expiryOn - issued.refreshAfter).toBe(2 * 3600)
    expect(issued.accessToken.split('.')).toHaveLength(3)
    await expect(stage.keys()).rejects.toMatchObject({ code: 'conflict' })
    await expect(stage.regenerateKey({ keyType: 'Primary' })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('are all revoked by another secret, which holds before the reply', async () => {
    await stage.deploy({ settings: { tokenAuthEnabled: true } })
    await stage.settle()
    const before = stage.route?.auth
    await stage.revokeTokens()
    expect(stage.route?.auth.kind).toBe('tokens')
    expect(stage.route?.auth).not.toEqual(before)
  })

  test('can be turned on and off later; keys are then off and on', async () => {
    await stage.deploy()
    await stage.settle()
    const pair = await stage.keys()
    await expect(stage.token()).rejects.toMatchObject({ code: 'conflict' })
    await stage.update({ settings: { tokenAuthEnabled: true } })
    await stage.settle()
    expect(stage.route?.auth.kind).toBe('tokens')
    await stage.update({ settings: { authEnabled: true } })
    await stage.settle()
    expect(stage.route?.auth).toEqual({ kind: 'keys', keys: [pair.primaryKey, pair.secondaryKey] })
  })

  test('that are turned off leave a service that asks for a key, not an open one', async () => {
    await stage.deploy({ settings: { tokenAuthEnabled: true } })
    await stage.update({ settings: { tokenAuthEnabled: false } })
    await stage.settle()
    expect(stage.route?.auth.kind).toBe('keys')
    await stage.update({ settings: { tokenAuthEnabled: true } })
    await stage.update({ settings: { tokenAuthEnabled: false, authEnabled: false } })
    await stage.settle()
    expect(stage.route?.auth.kind).toBe('none')
  })

  test('and keys at once are refused with the rule', async () => {
    await stage.deploy()
    const both = { settings: { authEnabled: true, tokenAuthEnabled: true } }
    await expect(stage.update(both)).rejects.toThrow('excludes authEnabled')
  })

  test('show their secret to nobody', async () => {
    await stage.deploy({ settings: { tokenAuthEnabled: true } })
    await stage.update({ settings: { authEnabled: true } })
    expect(Object.keys(await stage.keys())).toEqual(['primaryKey', 'secondaryKey'])
  })
})

describe('a setting that cannot be honoured is refused by name', () => {
  test.each([
    { settings: { gpuCores: 1 }, named: 'gpuCores' },
    { settings: { enableAppInsights: true }, named: 'enableAppInsights' },
    { settings: { collectModelData: true }, named: 'collectModelData' },
    { settings: { sslEnabled: true }, named: 'sslEnabled' },
  ])('$named', async ({ settings, named }) => {
    const refusal = {
      code: 'unsupported',
      fields: [{ path: `body.settings.${named}`, message: expect.any(String) as string }],
    }
    await expect(stage.deploy({ settings })).rejects.toMatchObject(refusal)
    await stage.deploy()
    await expect(stage.update({ settings })).rejects.toMatchObject(refusal)
  })

  test('but sslEnabled where the scoring port has a certificate, and gpuCores where there are GPUs', async () => {
    stage.abilities = { gpu: true, tls: true }
    await stage.deploy({ settings: { sslEnabled: true, gpuCores: 1 } })
    expect((await stage.service()).spec.settings).toMatchObject({ sslEnabled: true, gpuCores: 1 })
  })

  test('sslEnabled is told to be broken where the server is started again without a certificate', async () => {
    const encrypted = async () =>
      (await stage.settle()).status.conditions.find(({ type }) => type === 'Encrypted')
    stage.abilities = { gpu: false, tls: true }
    await stage.deploy({ settings: { sslEnabled: true } })
    expect(await encrypted()).toMatchObject({ status: 'true' })
    stage.abilities = { gpu: false, tls: false }
    stage.tools = { ...stage.tools, workloads: new Map() }
    expect(await encrypted()).toMatchObject({ status: 'false', reason: 'NoCertificate' })
    await stage.update({ settings: { sslEnabled: false } })
    expect(await encrypted()).toBeUndefined()
  })
})
