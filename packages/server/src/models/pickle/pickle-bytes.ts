/** Pickles written opcode by opcode, for tests: also those that no pickler would write. */

type Part = string | Uint8Array

export function pickle(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
}

/** SHORT_BINUNICODE. */
export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x8c, Buffer.byteLength(value)]), Buffer.from(value)])
}

/** A binary opcode with a length of four or eight bytes. */
export function counted(opcode: string, payload: Uint8Array, prefixBytes: 4 | 8 = 4): Buffer {
  const head = Buffer.alloc(1 + prefixBytes)
  head.write(opcode, 'latin1')
  head.writeUInt32LE(payload.length, 1)
  return Buffer.concat([head, payload])
}

export interface ArrayOptions {
  /** Of bytes; default the array's length. */
  length?: number
  /** Opcodes that end the wrapper's state, such as one more key. */
  more?: Part
  /** Opcodes between the state and BUILD. */
  beforeBuild?: Part
}

/** What joblib before 1.2 writes for an array of bytes: its wrapper, and the bytes themselves behind it. */
export function joblibArray(bytes: Uint8Array, options: ArrayOptions = {}): Buffer {
  const { length = bytes.length, more = '', beforeBuild = '' } = options
  const size = Buffer.alloc(4)
  size.writeUInt32LE(length)
  const type = pickle(
    'cnumpy\ndtype\n(U\u0002u1K\u0000K\u0001tR(K\u0003U\u0001|NNN',
    'J\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tb',
  )
  const state = pickle('}(U\u0005shape', 'J', size, '\u0085', 'U\u0005dtype', type, more, 'u')
  return pickle('cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\u0081', state, beforeBuild, 'b', bytes)
}
