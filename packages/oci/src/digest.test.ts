/** Digests: one written form, and streams that compute them. */
import { describe, expect, test } from 'vitest'
import { createDigester, digestOf, formatDigest, parseDigest } from './digest.ts'

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe('digests', () => {
  test('a digest is read into its parts and written back', () => {
    expect(formatDigest(parseDigest(empty))).toBe(empty)
    expect(parseDigest(`sha512:${'a'.repeat(128)}`).algorithm).toBe('sha512')
  })

  test.each([
    { text: '', why: 'nothing' },
    { text: empty.slice(7), why: 'no algorithm' },
    { text: empty.slice(0, -1), why: 'a digit short' },
    { text: empty.toUpperCase(), why: 'upper case' },
    { text: `md5:${'a'.repeat(32)}`, why: 'another algorithm' },
    { text: `sha256:../${'a'.repeat(61)}`, why: 'a path' },
    { text: `${empty}\n`, why: 'a line break' },
  ])('refuses $why', ({ text }) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'invalid-digest' }))
  })

  test('the digest of nothing is the known one', () => {
    expect(digestOf('')).toBe(empty)
  })

  test('a digester passes chunks on and counts them', async () => {
    const digester = createDigester()
    const parts = [Buffer.from('slip'), Buffer.from('way')]
    const seen: Uint8Array[] = []
    const source = (async function* () {
      yield* parts
    })()
    for await (const chunk of digester.through(source)) seen.push(chunk)
    expect(Buffer.concat(seen).toString()).toBe('slipway')
    expect(digester.sizeBytes()).toBe(7)
    expect(digester.digest()).toBe(digestOf('slipway'))
  })
})
