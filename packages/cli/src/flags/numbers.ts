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
export function brokenRule(
  value: number,
  { min = -Infinity, above = -Infinity, max = Infinity, isWhole = false }: Range,
): string | undefined {
  const rules = [
    [Number.isFinite(value), 'a number'],
    [!isWhole || Number.isInteger(value), 'a whole number'],
    [value >= min, `at least ${min}`],
    [value > above, `above ${above}`],
    [value <= max, `at most ${max}`],
  ] as const
  return rules.find(([holds]) => !holds)?.[1]
}

/** An empty text is no number. */
export function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
