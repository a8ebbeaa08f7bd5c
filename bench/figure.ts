/** One measured figure: several runs, the median to quote, and the bar it is held against. */

export interface Figure {
  what: string
  unit: 'ms' | 's' | 'MB' | '/s' | '×'
  runs: readonly number[]
  /** Most it should be. */
  bar?: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function describeFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, unit, runs, bar }) => [
    what,
    `${format(median(runs))} ${unit}`,
    runs.length > 1 ? `${format(Math.min(...runs))}–${format(Math.max(...runs))}` : '',
    String(runs.length),
    bar === undefined ? '' : `≤ ${bar} ${unit}`,
    bar === undefined ? '' : verdict(median(runs), bar),
  ])
  return table([['figure', 'median', 'min–max', 'runs', 'bar', ''], ...rows])
}

function verdict(value: number, bar: number): string {
  return value <= bar ? 'met' : `over by ${format(value - bar)}`
}

function format(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
