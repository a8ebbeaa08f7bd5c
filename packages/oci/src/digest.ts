/** Digests: the names of bytes, as `sha256:` and hexadecimal digits, and streams that compute them. */
import { createHash } from 'node:crypto'
import { OciError } from './errors.ts'

export type DigestAlgorithm = 'sha256' | 'sha512'

export type Digest = `${DigestAlgorithm}:${string}`

export interface DigestParts {
  algorithm: DigestAlgorithm
  /** Lower-case hexadecimal digits. */
  hex: string
}

const hexLengths = { sha256: 64, sha512: 128 } as const

/** The parts of a digest in its one written form. Errors: `invalid-digest`. */
export function parseDigest(text: string): DigestParts {
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]+)$/.exec(text) ?? []
  if (hex === undefined || !isAlgorithm(algorithm) || hex.length !== hexLengths[algorithm])
    throw new OciError('invalid-digest', `a digest is sha256: and 64 hexadecimal digits, got ${text}`)
  return { algorithm, hex }
}

export function formatDigest({ algorithm, hex }: DigestParts): Digest {
  return `${algorithm}:${hex}`
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return formatDigest({ algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') })
}

export interface Digester {
  /** Passes the chunks on unchanged and counts them. */
  through: (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>
  /** Of all bytes so far; called once, after the last. */
  digest: () => Digest
  sizeBytes: () => number
}

/** Computes SHA-256 and size of what flows by. */
export function createDigester(): Digester {
  const hash = createHash('sha256')
  let sizeBytes = 0
  return {
    async *through(source) {
      for await (const chunk of source) {
        hash.update(chunk)
        sizeBytes += chunk.byteLength
        yield chunk
      }
    },
    digest: () => formatDigest({ algorithm: 'sha256', hex: hash.digest('hex') }),
    sizeBytes: () => sizeBytes,
  }
}

function isAlgorithm(text: string | undefined): text is DigestAlgorithm {
  return text !== undefined && Object.hasOwn(hexLengths, text)
}
