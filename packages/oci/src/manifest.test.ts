/** Config and manifest: the bytes are the identity, so they must not depend on how they were put together. */
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { imageConfig } from './config.ts'
import { digestOf } from './digest.ts'
import { imageManifest, mediaTypes } from './manifest.ts'

const base = { diffId: digestOf('base'), createdBy: 'slipway base' }
const app = { diffId: digestOf('app'), createdBy: 'slipway application' }

describe('canonical JSON', () => {
  test('keys are in order at every level, and order in lists is kept', () => {
    const text = Buffer.from(canonicalJson({ b: [{ z: 1, a: undefined, y: null }, 2], a: 'é' })).toString()
    expect(text).toBe('{"a":"é","b":[{"y":null,"z":1},2]}')
  })
})

describe('image documents', () => {
  test('settings in another order are the same image', () => {
    const one = imageConfig({
      architecture: 'amd64',
      config: { Env: ['A=1'], Labels: { a: '1', b: '2' } },
      layers: [base, app],
    })
    const other = imageConfig({
      layers: [base, app],
      config: { Labels: { b: '2', a: '1' }, Env: ['A=1'] },
      architecture: 'amd64',
    })
    expect(other.digest).toBe(one.digest)
    expect(digestOf(one.bytes)).toBe(one.digest)
  })

  test('a config lists layers from the bottom up with their history and no clock', () => {
    const { value } = imageConfig({ architecture: 'arm64', config: {}, layers: [base, app] })
    expect(value.rootfs.diff_ids).toEqual([base.diffId, app.diffId])
    expect(value.history).toEqual([
      { created: '1970-01-01T00:00:00Z', created_by: 'slipway base' },
      { created: '1970-01-01T00:00:00Z', created_by: 'slipway application' },
    ])
    expect(value.os).toBe('linux')
  })

  test('a manifest describes config and layers by digest, size and media type', () => {
    const config = imageConfig({ architecture: 'amd64', config: {}, layers: [base] })
    const manifest = imageManifest({
      config,
      layers: [
        { digest: digestOf('one'), sizeBytes: 3, compression: 'none' },
        { digest: digestOf('two'), sizeBytes: 4, compression: 'gzip' },
      ],
    })
    expect(JSON.parse(Buffer.from(manifest.bytes).toString())).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: config.digest, size: config.bytes.byteLength },
      layers: [
        { mediaType: mediaTypes.layer, digest: digestOf('one'), size: 3 },
        { mediaType: mediaTypes.gzipLayer, digest: digestOf('two'), size: 4 },
      ],
    })
    expect(manifest.digest).toBe(digestOf(manifest.bytes))
  })
})
