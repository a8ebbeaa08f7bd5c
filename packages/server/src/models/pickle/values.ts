/** What the scanner knows about the values on a pickle's stack: little, and only what imports and arrays depend on. */

/**
 * `null` is None, text and numbers are themselves, and `undefined` is a value that neither is nor holds one of the
 * kinds below.
 */
export type Value = undefined | null | string | number | Mark | Unknown | Global | Tuple | Dict | Instance

export interface Mark {
  kind: 'mark'
}

/** Could be anything. */
export interface Unknown {
  kind: 'unknown'
  /** Where it is in the memo, when it is only that it was not kept. */
  index?: number
}

export interface Global {
  kind: 'global'
  module: string
  name: string
}

export interface Tuple {
  kind: 'tuple'
  items: readonly Value[]
}

export interface Dict {
  kind: 'dict'
  /** By text key; `whole` says that there are no others. */
  entries: Map<string, Value>
  whole: boolean
  /** Keys that were not kept. */
  unknownKeys: Unknown[]
}

/** Made by calling a global. */
export interface Instance {
  kind: 'instance'
  of: Global
  args: Value
  /** What the last BUILD gave it. */
  state: Value
}

export const mark: Mark = { kind: 'mark' }
export const unknown: Unknown = { kind: 'unknown' }

/** Larger tuples and dicts say nothing about imports and arrays. */
const maxItems = 64

export function tupleOf(items: readonly Value[]): Value {
  return items.length > maxItems ? undefined : { kind: 'tuple', items }
}

export function setEntry(dict: Dict, key: Value, value: Value): void {
  if (typeof key === 'string' && dict.entries.size < maxItems) dict.entries.set(key, value)
  else dict.whole = false
  if (isUnknown(key) && dict.unknownKeys.length < maxItems) dict.unknownKeys.push(key)
}

/** Entries of the memo that are missing in the value. */
export function missingIn(value: Value, depth = 4): number[] {
  if (depth === 0) return []
  if (isUnknown(value)) return value.index === undefined ? [] : [value.index]
  return partsOf(value).flatMap((part) => missingIn(part, depth - 1))
}

function partsOf(value: Value): readonly Value[] {
  if (isTuple(value)) return value.items
  if (isInstance(value)) return [value.args, value.state]
  return isDict(value) ? [...value.unknownKeys, ...value.entries.values()] : []
}

export function kindOf(value: Value): Exclude<Value, undefined | null | string | number>['kind'] | undefined {
  return typeof value === 'object' && value !== null ? value.kind : undefined
}

export function isGlobal(value: Value): value is Global {
  return kindOf(value) === 'global'
}

export function isInstance(value: Value): value is Instance {
  return kindOf(value) === 'instance'
}

export function isTuple(value: Value): value is Tuple {
  return kindOf(value) === 'tuple'
}

export function isDict(value: Value): value is Dict {
  return kindOf(value) === 'dict'
}

export function isUnknown(value: Value): value is Unknown {
  return kindOf(value) === 'unknown'
}
