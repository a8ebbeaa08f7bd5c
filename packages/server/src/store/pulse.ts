/** Wakes everybody who waits for something new; what is new they look up themselves. */

export class Pulse {
  #count = 0
  readonly #waiting = new Set<() => void>()

  /** Take it before looking for news: `changedSince` then misses none. */
  get count(): number {
    return this.#count
  }

  beat(): void {
    this.#count += 1
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves at the first beat after `count` was taken, at once if it has been, or when the signal is aborted. */
  changedSince(count: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== count || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
