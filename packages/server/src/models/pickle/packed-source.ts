/** Compressed content as a source of its own: unpacked on the way, never whole in memory. */
import { PassThrough } from 'node:stream'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'

/** A source whose bytes are those of another one, unpacked. Its length is known only by reading. */
export function unpacked(source: ByteSource, createUnpacker: () => Duplex): ByteSource {
  return {
    sizeBytes: undefined,
    async open(offset) {
      const packed = await source.open(0)
      const unpacker = createUnpacker()
      // Errors arrive at the reader through the last stream.
      return skipBytes(
        pipeline(packed, unpacker, new PassThrough(), () => undefined),
        offset,
      )
    },
  }
}

/** Damaged content, as opposed to a source that cannot be read. */
export function isUnpackingError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(error.code))
}

/** How content can begin that was compressed as a whole. */
export type Packing =
  /** `offset`: where the compressed bytes begin. */
  { kind: 'readable'; offset: number; createUnpacker: () => Duplex } | { kind: 'unreadable'; name: string }

/** By the first bytes, as joblib and pandas decide it too. */
export function packingOf(head: Buffer): Packing | undefined {
  const found = packings.find(({ starts }) => head.subarray(0, starts.length).equals(starts))
  return found?.packing(head)
}

const packings: { starts: Buffer; packing: (head: Buffer) => Packing | undefined }[] = [
  { starts: Buffer.from([0x1f, 0x8b]), packing: () => readable(0, createGunzip) },
  { starts: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), packing: () => readable(0, createZstdDecompress) },
  {
    starts: Buffer.from([0x78]),
    packing: (head) => (isZlib(head, 0) ? readable(0, createInflate) : undefined),
  },
  { starts: Buffer.from('ZF'), packing: oldJoblib },
  unreadable('bz2', Buffer.from('BZh')),
  unreadable('xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])),
  unreadable('lzma', Buffer.from([0x5d, 0x00, 0x00])),
  unreadable('lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])),
  unreadable('7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])),
]

function readable(offset: number, createUnpacker: () => Duplex): Packing {
  return { kind: 'readable', offset, createUnpacker }
}

function unreadable(name: string, starts: Buffer): (typeof packings)[number] {
  return { starts, packing: () => ({ kind: 'unreadable', name }) }
}

/** Two bytes that are a multiple of 31 together. */
function isZlib(head: Buffer, at: number): boolean {
  return head.length >= at + 2 && head[at] === 0x78 && head.readUInt16BE(at) % 31 === 0
}

/** Before joblib 0.10: `ZF`, the length in 19 characters, sometimes one more space, and zlib. */
function oldJoblib(head: Buffer): Packing | undefined {
  const offset = head[21] === 0x20 ? 22 : 21
  return isZlib(head, offset) ? readable(offset, createInflate) : undefined
}

function skipBytes(stream: Readable, count: number): Readable {
  let left = count
  if (left === 0) return stream
  const rest = new PassThrough()
  stream.on('data', (chunk: Buffer) => {
    const skipped = Math.min(left, chunk.length)
    left -= skipped
    if (skipped < chunk.length && !rest.write(chunk.subarray(skipped))) stream.pause()
  })
  rest.on('drain', () => stream.resume())
  rest.on('close', () => stream.destroy())
  stream.on('end', () => rest.end())
  stream.on('error', (error) => rest.destroy(error))
  return rest
}
