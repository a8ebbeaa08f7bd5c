/** Flags with numbers that no schema of the contract describes. */
import { InvalidArgumentError } from 'commander'

export interface Range {
  /** Least value that is taken. */
  min?: number
  /** Value that must be exceeded. */
  above?: number
  max?: number
  isWhole?: boolean
}

/** Makes a parser for commander that takes numbers in this range, and says the rule and the value otherwise. */
export function numberIn(range: Range): (text: string) => number {
  return (text) => {
    const value = readNumber(text)
    const rule = brokenRule(value, range)
    if (rule !== undefined) throw new InvalidArgumentError(`It must be ${rule}.`)
    return value
  }
}

/** The rule that the value breaks, such as `at least 1`; not a number breaks all. */
export function brokenRule(value: number, { min, above, max, isWhole = false }: Range): string | undefined {
  if (!Number.isFinite(value)) return 'a number'
  if (isWhole && !Number.isInteger(value)) return 'a whole number'
  if (min !== undefined && value < min) return `at least ${min}`
  if (above !== undefined && value <= above) return `above ${above}`
  if (max !== undefined && value > max) return `at most ${max}`
  return undefined
}

/** An empty text is no number. */
export function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
