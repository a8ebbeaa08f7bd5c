/** Shares calls out by percentage: exactly over time, evenly in between. */

export interface Share {
  name: string
  percent: number
}

/**
 * Gives each call to the one that is furthest behind its share. Nobody is ever a whole call ahead of it, or
 * two behind; chance has no part.
 */
export class TrafficSplit {
  #shares: readonly Share[] = []
  /** Calls that are due to each, in percent of a call. */
  readonly #due = new Map<string, number>()

  /** What is due under the shares of before stays due: a small share is served however often shares are set. */
  set(shares: readonly Share[]): void {
    this.#shares = shares
    const names = new Set(shares.map(({ name }) => name))
    for (const name of this.#due.keys()) if (!names.has(name)) this.#due.delete(name)
  }

  /** Who gets the next call; undefined when nobody has a share. */
  next(): string | undefined {
    let next: string | undefined
    let most = -Infinity
    for (const { name, percent } of this.#shares) {
      if (percent <= 0) continue
      const due = (this.#due.get(name) ?? 0) + percent
      this.#due.set(name, due)
      if (due <= most) continue
      most = due
      next = name
    }
    if (next !== undefined) this.#due.set(next, most - 100)
    return next
  }
}

/** What the others leave goes to the default one. */
export function sharesOf(
  versions: readonly { name: string; isDefault: boolean; trafficPercent: number }[],
): Share[] {
  const others = versions.filter(({ isDefault }) => !isDefault)
  const sum = others.reduce((total, { trafficPercent }) => total + trafficPercent, 0)
  return versions.map(({ name, isDefault, trafficPercent }) => ({
    name,
    percent: isDefault ? Math.max(0, 100 - sum) : trafficPercent,
  }))
}
