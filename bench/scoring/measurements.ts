/** What was measured, and what is read out of it. */
import { median } from '../figure.ts'

/** One load on one contender in one round. */
export interface LoadSample {
  contender: string
  load: string
  round: number
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  cpuUsPerRequest: number
  errors: number
  /** Cores that others used meanwhile. */
  foreignCores: number
}

/** One figure of a contender in one round. */
export interface FigureSample {
  contender: string
  figure: string
  round: number
  value: number
}

export interface Measurements {
  loads: LoadSample[]
  figures: FigureSample[]
  /** Contenders that could not be started, and why. */
  missing: { contender: string; reason: string }[]
}

export type LoadFigure = 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'cpuUsPerRequest'

/** Of all rounds, in order. */
export function loadFigures(
  { loads }: Measurements,
  { contender, load, figure }: { contender: string; load: string; figure: LoadFigure },
): { round: number; value: number }[] {
  return loads
    .filter((sample) => sample.contender === contender && sample.load === load)
    .map((sample) => ({ round: sample.round, value: sample[figure] }))
}

export function figureSamples({ figures }: Measurements, contender: string, figure: string) {
  return figures.filter((sample) => sample.contender === contender && sample.figure === figure)
}

/** NaN where nothing was measured. */
export function middle(samples: readonly { value: number }[]): number {
  return median(samples.map(({ value }) => value))
}

/** Median of the ratios within each round, so that what the machine does between rounds does not count. */
export function ratio(
  dividends: readonly { round: number; value: number }[],
  divisors: readonly { round: number; value: number }[],
): number {
  return median(
    dividends.flatMap(({ round, value }) => {
      const divisor = divisors.find((sample) => sample.round === round)
      return divisor === undefined ? [] : [value / divisor.value]
    }),
  )
}
