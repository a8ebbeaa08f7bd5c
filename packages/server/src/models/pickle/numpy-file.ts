/** NumPy's .npy files: a header, and behind it the bytes of the array, or a pickle when its items are objects. */
import { readRange } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'

export const npyMagic = Buffer.from('\u0093NUMPY', 'latin1')

export type NpyContent = { kind: 'numbers' } | { kind: 'pickle'; offset: number } | { kind: 'unreadable' }

const maxHeaderBytes = 1024 * 1024

export async function readNpyHeader(source: ByteSource, signal: AbortSignal): Promise<NpyContent> {
  const start = await readRange(source, { offset: 0, length: 12 }, signal)
  if (start.length < 12) return { kind: 'unreadable' }
  const short = start[6] === 1
  const length = short ? start.readUInt16LE(8) : start.readUInt32LE(8)
  const offset = short ? 10 : 12
  if (length > maxHeaderBytes) return { kind: 'unreadable' }
  const header = (await readRange(source, { offset, length }, signal)).toString('latin1')
  if (header.length < length || !header.includes('descr')) return { kind: 'unreadable' }
  return holdsObjects(header) ? { kind: 'pickle', offset: offset + length } : { kind: 'numbers' }
}

/** The types are the quoted texts of the header; `O` is the one of objects. */
function holdsObjects(header: string): boolean {
  return /['"][|<>=]?O\d*['"]/.test(header) || /\\/.test(header)
}
