/** Rounding up to whole replicas. */

/** Rounds a number that is not negative up, but not for an error of binary fractions: 2.1 ÷ 0.7 is 3. */
export function ceiling(value: number): number {
  return Math.max(0, Math.ceil(value - 1e-9 * Math.max(1, value)))
}
