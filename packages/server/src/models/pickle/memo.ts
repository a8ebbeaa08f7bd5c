/** A pickle's memo in bounded memory: it knows which entries exist, and keeps those values that are likely to matter. */
import { isDict, isTuple } from './values.ts'
import type { Value } from './values.ts'

/**
 * Rough bytes of the first values, which are kept for good, and of each generation of the latest ones. What lies
 * between is forgotten: a pickle with that many values has a vocabulary there, whose words name no imports. The rest
 * can be had by reading the pickle once more.
 */
const firstBytes = 8 * 1024 * 1024
const latestBytes = 4 * 1024 * 1024
const maxIndex = 2 ** 28

export interface MemoOptions {
  /** Starts as a copy of this one, which must not change meanwhile. */
  below?: Memo | undefined
  /** Entries that are kept in any case. */
  wanted?: ReadonlySet<number> | undefined
}

export class Memo {
  readonly #below: Memo | undefined
  readonly #wanted: ReadonlySet<number> | undefined
  readonly #first = new Map<number, Value>()
  #latest = new Map<number, Value>()
  #older: ReadonlyMap<number, Value> = new Map()
  #firstBytes = 0
  #latestBytes = 0
  #used: Uint8Array = new Uint8Array(64)
  #count: number

  constructor({ below, wanted }: MemoOptions) {
    this.#below = below
    this.#wanted = wanted
    this.#count = below?.size ?? 0
  }

  /** Entries that exist: the index that MEMOIZE takes. */
  get size(): number {
    return this.#count
  }

  has(index: number): boolean {
    return this.#hasOwn(index) || (this.#below?.has(index) ?? false)
  }

  /** The value, or an unknown one where it was forgotten. */
  get(index: number): Value {
    if (!this.#hasOwn(index) && this.#below) return this.#below.get(index)
    const home = [this.#first, this.#latest, this.#older].find((values) => values.has(index))
    return home ? home.get(index) : { kind: 'unknown', index }
  }

  /** False when there cannot be such an entry. */
  put(index: number, value: Value): boolean {
    if (index < 0 || index >= maxIndex) return false
    if (this.has(index)) this.#forget(index)
    else this.#count += 1
    this.#use(index)
    this.#keep(index, value)
    return true
  }

  #keep(index: number, value: Value): void {
    const cost = costOf(value)
    if (this.#firstBytes + cost <= firstBytes || this.#wanted?.has(index) === true) {
      this.#firstBytes += cost
      this.#first.set(index, value)
      return
    }
    if (this.#latestBytes > latestBytes) {
      this.#older = this.#latest
      this.#latest = new Map()
      this.#latestBytes = 0
    }
    this.#latestBytes += cost
    this.#latest.set(index, value)
  }

  #forget(index: number): void {
    this.#first.delete(index)
    this.#latest.delete(index)
    if (this.#older.has(index)) this.#older = new Map()
  }

  #hasOwn(index: number): boolean {
    return ((this.#used[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
  }

  #use(index: number): void {
    const at = index >> 3
    if (at >= this.#used.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#used.length * 2))
      grown.set(this.#used)
      this.#used = grown
    }
    this.#used[at] = (this.#used[at] ?? 0) | (1 << (index & 7))
  }
}

/** Rough bytes that keeping the value takes. */
function costOf(value: Value): number {
  if (typeof value === 'string') return 80 + value.length
  if (typeof value !== 'object' || value === null) return 48
  if (isTuple(value)) return 120 + value.items.length * 24
  return isDict(value) ? 1_000 : 240
}
