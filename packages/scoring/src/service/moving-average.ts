/** An average that follows what it is made of: what came ten values ago counts for a third. */

const weight = 0.1

/** The average with one more value; `average` is undefined before the first one. */
export function movingAverage(average: number | undefined, value: number): number {
  return average === undefined ? value : average + (value - average) * weight
}
