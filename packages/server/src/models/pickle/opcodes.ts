/** The opcodes of pickle protocols 0 to 5, and how the operand of each lies in the file. */

export const op = {
  mark: 0x28, // (
  emptyTuple: 0x29, // )
  stop: 0x2e, // .
  pop: 0x30, // 0
  popMark: 0x31, // 1
  dup: 0x32, // 2
  binBytes: 0x42, // B
  shortBinBytes: 0x43, // C
  float: 0x46, // F
  binFloat: 0x47, // G
  int: 0x49, // I
  binInt: 0x4a, // J
  binInt1: 0x4b, // K
  long: 0x4c, // L
  binInt2: 0x4d, // M
  none: 0x4e, // N
  persId: 0x50, // P
  binPersId: 0x51, // Q
  reduce: 0x52, // R
  string: 0x53, // S
  binString: 0x54, // T
  shortBinString: 0x55, // U
  unicode: 0x56, // V
  binUnicode: 0x58, // X
  emptyList: 0x5d, // ]
  append: 0x61, // a
  build: 0x62, // b
  global: 0x63, // c
  dict: 0x64, // d
  appends: 0x65, // e
  get: 0x67, // g
  binGet: 0x68, // h
  inst: 0x69, // i
  longBinGet: 0x6a, // j
  list: 0x6c, // l
  obj: 0x6f, // o
  put: 0x70, // p
  binPut: 0x71, // q
  longBinPut: 0x72, // r
  setItem: 0x73, // s
  tuple: 0x74, // t
  setItems: 0x75, // u
  emptyDict: 0x7d, // }
  proto: 0x80,
  newObj: 0x81,
  ext1: 0x82,
  ext2: 0x83,
  ext4: 0x84,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  long1: 0x8a,
  long4: 0x8b,
  shortBinUnicode: 0x8c,
  binUnicode8: 0x8d,
  binBytes8: 0x8e,
  emptySet: 0x8f,
  addItems: 0x90,
  frozenSet: 0x91,
  newObjEx: 0x92,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
  byteArray8: 0x96,
  nextBuffer: 0x97,
  readonlyBuffer: 0x98,
} as const

export type Layout =
  | { kind: 'none' }
  /** Little-endian; `signed` for the one that is. */
  | { kind: 'integer'; bytes: 1 | 2 | 4 | 8; signed?: boolean }
  /** A length and that many bytes: text, a little-endian integer, or bytes that say nothing. */
  | { kind: 'counted'; prefixBytes: 1 | 4 | 8; holds: 'text' | 'integer' | 'bytes' }
  | { kind: 'line' }
  /** Module and name, each on its line. */
  | { kind: 'import' }

const none: Layout = { kind: 'none' }
const line: Layout = { kind: 'line' }

const operands: Partial<Record<keyof typeof op, Layout>> = {
  binBytes: { kind: 'counted', prefixBytes: 4, holds: 'bytes' },
  shortBinBytes: { kind: 'counted', prefixBytes: 1, holds: 'bytes' },
  float: line,
  binFloat: { kind: 'integer', bytes: 8 },
  int: line,
  binInt: { kind: 'integer', bytes: 4, signed: true },
  binInt1: { kind: 'integer', bytes: 1 },
  long: line,
  binInt2: { kind: 'integer', bytes: 2 },
  persId: line,
  string: line,
  binString: { kind: 'counted', prefixBytes: 4, holds: 'text' },
  shortBinString: { kind: 'counted', prefixBytes: 1, holds: 'text' },
  unicode: line,
  binUnicode: { kind: 'counted', prefixBytes: 4, holds: 'text' },
  global: { kind: 'import' },
  get: line,
  binGet: { kind: 'integer', bytes: 1 },
  inst: { kind: 'import' },
  longBinGet: { kind: 'integer', bytes: 4 },
  put: line,
  binPut: { kind: 'integer', bytes: 1 },
  longBinPut: { kind: 'integer', bytes: 4 },
  proto: { kind: 'integer', bytes: 1 },
  ext1: { kind: 'integer', bytes: 1 },
  ext2: { kind: 'integer', bytes: 2 },
  ext4: { kind: 'integer', bytes: 4, signed: true },
  long1: { kind: 'counted', prefixBytes: 1, holds: 'integer' },
  long4: { kind: 'counted', prefixBytes: 4, holds: 'integer' },
  shortBinUnicode: { kind: 'counted', prefixBytes: 1, holds: 'text' },
  binUnicode8: { kind: 'counted', prefixBytes: 8, holds: 'text' },
  binBytes8: { kind: 'counted', prefixBytes: 8, holds: 'bytes' },
  frame: { kind: 'integer', bytes: 8 },
  byteArray8: { kind: 'counted', prefixBytes: 8, holds: 'bytes' },
}

/** By opcode; what is not in it is no opcode. */
export const layouts: ReadonlyMap<number, Layout> = new Map(
  Object.entries(op).map(([name, code]) => [code, operands[name as keyof typeof op] ?? none]),
)
