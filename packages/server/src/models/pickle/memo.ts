/** A pickle's memo in bounded memory: it knows which entries exist, and keeps those values that can matter. */
import { isDict, isTuple, unknown } from './values.ts'
import type { Value } from './values.ts'

/** Later values are forgotten; a real pickle names its modules and types early. */
const maxKeptBytes = 96 * 1024 * 1024
const maxIndex = 2 ** 28

export class Memo {
  readonly #below: Memo | undefined
  readonly #kept = new Map<number, Value>()
  #used: Uint8Array = new Uint8Array(64)
  #count: number
  #keptBytes: number

  /** Starts as a copy of another memo, which must not change meanwhile. */
  constructor(below?: Memo) {
    this.#below = below
    this.#count = below?.size ?? 0
    this.#keptBytes = below ? below.#keptBytes : 0
  }

  /** Entries that exist: the index that MEMOIZE takes. */
  get size(): number {
    return this.#count
  }

  has(index: number): boolean {
    return this.#hasOwn(index) || (this.#below?.has(index) ?? false)
  }

  /** The value, or `unknown` where it was forgotten. */
  get(index: number): Value {
    if (!this.#hasOwn(index) && this.#below) return this.#below.get(index)
    return this.#kept.has(index) ? this.#kept.get(index) : unknown
  }

  /** False when there cannot be such an entry. */
  put(index: number, value: Value): boolean {
    if (index < 0 || index >= maxIndex) return false
    if (!this.has(index)) this.#count += 1
    this.#use(index)
    const cost = costOf(value)
    if (this.#keptBytes + cost > maxKeptBytes) this.#kept.delete(index)
    else this.#kept.set(index, value)
    this.#keptBytes += cost
    return true
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
