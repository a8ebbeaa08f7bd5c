/** Reads the operand behind an opcode, as far as it can matter; long ones are passed over. */
import type { ByteReader } from './byte-source.ts'
import type { Layout } from './opcodes.ts'

/** Text of a line or string, a number, module and name, or undefined: nothing that says anything. */
export type Operand = string | number | readonly [module: string, name: string] | undefined

/** What the reader must do first: get more bytes and try again, or pass over the operand, which is then undefined. */
export type Shortfall = { kind: 'fill' | 'skip'; bytes: number } | { kind: 'skip-line' } | { kind: 'invalid' }

/** Longer text names no module, and holds no version. */
const maxTextBytes = 1024
const maxLineBytes = 64 * 1024

/** Takes the operand from the window, or nothing and says what is missing. */
export function takeOperand(reader: ByteReader, layout: Layout): { value: Operand } | Shortfall {
  switch (layout.kind) {
    case 'integer':
      return takeInteger(reader, layout)
    case 'counted':
      return takeCounted(reader, layout)
    case 'line':
      return takeLine(reader)
    case 'import':
      return takeImport(reader)
    default:
      return nothing
  }
}

const nothing = { value: undefined }

type IntegerLayout = Extract<Layout, { kind: 'integer' }>

type CountedLayout = Extract<Layout, { kind: 'counted' }>

function takeInteger(reader: ByteReader, { bytes, signed = false }: IntegerLayout) {
  if (reader.available < bytes) return { kind: 'fill', bytes } as const
  const taken = reader.take(bytes)
  if (bytes === 8) return nothing
  return { value: signed ? taken.readIntLE(0, bytes) : taken.readUIntLE(0, bytes) }
}

function takeCounted(
  reader: ByteReader,
  { prefixBytes, holds }: CountedLayout,
): { value: Operand } | Shortfall {
  if (reader.available < prefixBytes) return { kind: 'fill', bytes: prefixBytes }
  const length = readLength(reader.peek(prefixBytes))
  if (length === undefined) return { kind: 'invalid' }
  const bytes = prefixBytes + length
  if (holds === 'bytes' || length > maxTextBytes) return { kind: 'skip', bytes }
  if (reader.available < bytes) return { kind: 'fill', bytes }
  const taken = reader.take(bytes).subarray(prefixBytes)
  return { value: holds === 'text' ? taken.toString('utf8') : littleEndian(taken) }
}

function takeLine(reader: ByteReader): { value: Operand } | Shortfall {
  const end = reader.indexOf(0x0a, 0)
  if (end === -1 && reader.available > maxLineBytes) return { kind: 'skip-line' }
  if (end === -1) return { kind: 'fill', bytes: reader.available + 1 }
  if (end > maxLineBytes) return { kind: 'skip-line' }
  return { value: reader.take(end + 1).toString('utf8', 0, end) }
}

function takeImport(reader: ByteReader): { value: Operand } | Shortfall {
  const first = reader.indexOf(0x0a, 0)
  const second = first === -1 ? -1 : reader.indexOf(0x0a, first + 1)
  if (second > maxLineBytes) return { kind: 'invalid' }
  if (second !== -1) {
    const taken = reader.take(second + 1)
    return { value: [taken.toString('utf8', 0, first), taken.toString('utf8', first + 1, second)] }
  }
  return reader.available > maxLineBytes ? { kind: 'invalid' } : { kind: 'fill', bytes: reader.available + 1 }
}

/** Undefined for a length that no file has. */
function readLength(prefix: Buffer): number | undefined {
  if (prefix.length < 8) return prefix.readUIntLE(0, prefix.length)
  const length = prefix.readBigUInt64LE()
  return length > Number.MAX_SAFE_INTEGER ? undefined : Number(length)
}

function littleEndian(bytes: Buffer): number | undefined {
  if (bytes.length === 0) return 0
  if (bytes.length <= 6) return bytes.readIntLE(0, bytes.length)
  const value = bytes.length === 8 ? Number(bytes.readBigInt64LE()) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}
