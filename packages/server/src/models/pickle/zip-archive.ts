/** The members of a zip archive by its central directory, which is what Python and PyTorch go by. */
import { createInflateRaw } from 'node:zlib'
import { readRange } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { unpacked } from './packed-source.ts'

export interface ZipMember {
  name: string
  /** 0 is stored, 8 deflate. */
  method: number
  encrypted: boolean
  compressedBytes: number
  sizeBytes: number
  headerOffset: number
}

export type ZipListing = { kind: 'members'; members: ZipMember[] } | { kind: 'unreadable'; reason: string }

const maxMembers = 100_000
const maxDirectoryBytes = 64 * 1024 * 1024

const signatures = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, entry: 0x02014b50 } as const

export async function listZip(source: ByteSource, signal: AbortSignal): Promise<ZipListing> {
  const directory = await findDirectory(source, signal)
  if (!directory) return { kind: 'unreadable', reason: 'zip archive without a directory' }
  if (directory.sizeBytes > maxDirectoryBytes)
    return { kind: 'unreadable', reason: 'zip archive with too many files' }
  const bytes = await readRange(source, { offset: directory.offset, length: directory.sizeBytes }, signal)
  return readDirectory(bytes, directory.shift)
}

/** The content of a member, unpacked; undefined for methods that cannot be. */
export async function openMember(
  source: ByteSource,
  member: ZipMember,
  signal: AbortSignal,
): Promise<ByteSource | undefined> {
  const header = await readRange(source, { offset: member.headerOffset, length: 30 }, signal)
  if (header.length < 30) return undefined
  const start = member.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const stored = slice(source, start, member.method === 0 ? member.sizeBytes : member.compressedBytes)
  if (member.method === 0) return stored
  return member.method === 8 ? unpacked(stored, () => createInflateRaw()) : undefined
}

interface Directory {
  offset: number
  sizeBytes: number
  /** Bytes before the archive itself. */
  shift: number
}

async function findDirectory(source: ByteSource, signal: AbortSignal): Promise<Directory | undefined> {
  const fileBytes = source.sizeBytes ?? 0
  const tailBytes = Math.min(fileBytes, 22 + 0xffff)
  const tail = await readRange(source, { offset: fileBytes - tailBytes, length: tailBytes }, signal)
  const at = lastSignature(tail, signatures.end)
  if (at === undefined || at + 22 > tail.length) return undefined
  const sizeBytes = tail.readUInt32LE(at + 12)
  const offset = tail.readUInt32LE(at + 16)
  const end = fileBytes - tailBytes + at
  const large = at >= 20 && tail.readUInt32LE(at - 20) === signatures.locator64
  if (large) return await findLargeDirectory(source, { end, locator: tail.subarray(at - 20, at) }, signal)
  return placed({ offset, sizeBytes }, end)
}

async function findLargeDirectory(
  source: ByteSource,
  found: { end: number; locator: Buffer },
  signal: AbortSignal,
): Promise<Directory | undefined> {
  // Written right before the locator, unless something was put before the archive.
  for (const offset of [found.end - 20 - 56, Number(found.locator.readBigUInt64LE(8))]) {
    if (offset < 0 || offset > found.end) continue
    const record = await readRange(source, { offset, length: 56 }, signal)
    if (record.length === 56 && record.readUInt32LE(0) === signatures.end64)
      return placed(
        { sizeBytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) },
        offset,
      )
  }
  return undefined
}

/** The directory ends where the record of its end begins; the offset it names may not count what was put before. */
function placed(directory: { offset: number; sizeBytes: number }, end: number): Directory | undefined {
  const offset = end - directory.sizeBytes
  const shift = offset - directory.offset
  return offset < 0 || shift < 0 ? undefined : { offset, sizeBytes: directory.sizeBytes, shift }
}

function lastSignature(bytes: Buffer, signature: number): number | undefined {
  const pattern = Buffer.alloc(4)
  pattern.writeUInt32LE(signature)
  const at = bytes.lastIndexOf(pattern)
  return at === -1 ? undefined : at
}

function readDirectory(bytes: Buffer, shift: number): ZipListing {
  const members: ZipMember[] = []
  let at = 0
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === signatures.entry) {
    if (members.length >= maxMembers) return { kind: 'unreadable', reason: 'zip archive with too many files' }
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28)
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30)
    members.push(readEntry(bytes.subarray(at, extraEnd), { nameEnd: nameEnd - at, shift }))
    at = extraEnd + bytes.readUInt16LE(at + 32)
  }
  return at === bytes.length
    ? { kind: 'members', members }
    : { kind: 'unreadable', reason: 'damaged zip archive' }
}

function readEntry(entry: Buffer, { nameEnd, shift }: { nameEnd: number; shift: number }): ZipMember {
  const large = largeFields(entry.subarray(nameEnd))
  const field = (at: number): number => {
    const value = entry.readUInt32LE(at)
    return value === 0xffffffff ? (large.shift() ?? value) : value
  }
  const sizeBytes = field(24)
  const compressedBytes = field(20)
  const headerOffset = field(42) + shift
  return {
    name: entry.toString('utf8', 46, nameEnd),
    method: entry.readUInt16LE(10),
    encrypted: (entry.readUInt16LE(8) & 1) !== 0,
    sizeBytes,
    compressedBytes,
    headerOffset,
  }
}

/** The 64-bit values of a zip64 extra field, in their order. */
function largeFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2))
    const values: number[] = []
    for (let field = at + 4; field + 8 <= end; field += 8) values.push(Number(extra.readBigUInt64LE(field)))
    return values
  }
  return []
}

function slice(source: ByteSource, start: number, length: number): ByteSource {
  const end = Math.min(start + length, source.sizeBytes ?? Number.POSITIVE_INFINITY)
  return { ...source, sizeBytes: Math.max(0, end - start), open: (offset) => source.open(start + offset) }
}
