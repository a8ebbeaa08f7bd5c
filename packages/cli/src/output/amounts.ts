/** Writes amounts for people: bytes, times, key and value pairs. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function formatBytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), units.length - 1)
  const value = count / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** To the second, such as `2019-03-01 12:00:00Z`. */
export function formatTime(iso: string | undefined): string | undefined {
  return iso?.replace('T', ' ').replace(/(\.\d+)?Z$/, 'Z')
}

/** `a=1, b=2`; undefined where there are none. */
export function formatPairs(pairs: Readonly<Record<string, string>>): string | undefined {
  const text = Object.entries(pairs).map(([key, value]) => (value === '' ? key : `${key}=${value}`))
  return text.length === 0 ? undefined : text.join(', ')
}

/** Undefined where there are none. */
export function formatList(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.join(', ')
}

/** `1 replica`, `2 replicas`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
