/** joblib's arrays: a small object that describes one, and the array's bytes right behind it, outside of the pickle. */
import { isDict, isInstance, isTuple } from './values.ts'
import type { Dict, Global, Instance, Value } from './values.ts'

/** How an array lies in the file. */
export type ArrayPlan =
  /** `padded`: one byte says how many padding bytes come first. */
  | { kind: 'raw'; sizeBytes: number; padded: boolean }
  /** A pickle of its own. */
  | { kind: 'pickle' }
  /** In a file beside this one. */
  | { kind: 'elsewhere'; file: string | undefined }
  | { kind: 'unknown' }

const homes = new Set([
  'joblib.numpy_pickle',
  'joblib.numpy_pickle_compat',
  'sklearn.externals.joblib.numpy_pickle',
  'sklearn.externals.joblib.numpy_pickle_compat',
])

export function isArrayWrapper({ module, name }: Global): boolean {
  return homes.has(module) && /^(NumpyArrayWrapper|Z?NDArrayWrapper)$/.test(name)
}

/** Where the array of a wrapper is. `sure`: nothing could have changed the wrapper's state unseen. */
export function planArray(wrapper: Instance, sure: boolean): ArrayPlan {
  const { state } = wrapper
  if (!sure || !isDict(state) || !state.whole) return { kind: 'unknown' }
  if (wrapper.of.name === 'NumpyArrayWrapper') return planInline(state)
  const file = state.entries.get('filename')
  return { kind: 'elsewhere', file: typeof file === 'string' ? file : undefined }
}

const alignmentKey = 'numpy_array_alignment_bytes'

function planInline({ entries }: Dict): ArrayPlan {
  const type = readType(entries.get('dtype'))
  const count = countItems(entries.get('shape'))
  // Absent before joblib 1.2; None where the writer could not tell its position.
  const alignment = entries.has(alignmentKey) ? entries.get(alignmentKey) : null
  if (!type || count === undefined) return { kind: 'unknown' }
  if (type.objects) return { kind: 'pickle' }
  const sizeBytes = count * type.itemBytes
  if (!(alignment === null || typeof alignment === 'number') || !Number.isSafeInteger(sizeBytes))
    return { kind: 'unknown' }
  return { kind: 'raw', sizeBytes, padded: alignment !== null }
}

/** Undefined when NumPy's own product could overflow. */
function countItems(shape: Value): number | undefined {
  if (!isTuple(shape)) return undefined
  let count = 1
  for (const item of shape.items) {
    if (typeof item !== 'number' || item < 0) return undefined
    count *= item
    if (!Number.isSafeInteger(count)) return undefined
  }
  return count
}

interface ItemType {
  itemBytes: number
  /** The items are Python objects, written as a pickle. */
  objects: boolean
}

/** Of `dtype('f8', False, True)` with the state that NumPy gives it. */
function readType(value: Value): ItemType | undefined {
  if (!isInstance(value) || !isDtype(value.of) || !isTuple(value.args) || !isTuple(value.state))
    return undefined
  const code = readCode(value.args.items[0])
  const state = readState(value.state.items)
  return code && state && combine(code, state)
}

function combine(code: TypeCode, { itemBytes, objects }: ItemType): ItemType | undefined {
  if (code.letter !== 'V' && objects !== (code.letter === 'O')) return undefined
  // Only types of any length take their length from the state.
  if (!'SUV'.includes(code.letter)) return { itemBytes: code.itemBytes, objects }
  return itemBytes < 0 ? undefined : { itemBytes, objects }
}

interface TypeCode {
  letter: string
  itemBytes: number
}

/** A kind and a size, such as `f8`. */
function readCode(code: Value): TypeCode | undefined {
  const [, letter, digits] =
    typeof code === 'string' ? (/^[|<>=]?([bifcuOSUVmM])(\d*)$/.exec(code) ?? []) : []
  return letter === undefined ? undefined : { letter, itemBytes: Number(digits) }
}

function isDtype({ module, name }: Global): boolean {
  return module === 'numpy' && name === 'dtype'
}

/** `(version, order, subarray, names, fields, size, alignment, flags, …)` */
function readState(items: readonly Value[]): ItemType | undefined {
  const [version, , , , , size, , flags] = items
  if ((version !== 3 && version !== 4) || typeof size !== 'number' || typeof flags !== 'number')
    return undefined
  return { itemBytes: size, objects: (flags & 1) !== 0 }
}

/** Whether the name of a companion file stays beside the pickle. */
export function isPlainName(file: string): boolean {
  return file !== '' && !/[/\\\0]/.test(file) && !file.startsWith('.')
}
