/** What will happen in a simulation, in the order of time; of what happens at the same time, what was planned first. */

interface Planned {
  atSeconds: number
  order: number
  happen(): void
}

/** A binary heap: the parent of each is no later than itself. */
export class EventQueue {
  readonly #heap: Planned[] = []
  #planned = 0
  #nowSeconds = 0

  get nowSeconds(): number {
    return this.#nowSeconds
  }

  plan(atSeconds: number, happen: () => void): void {
    this.#heap.push({ atSeconds, order: (this.#planned += 1), happen })
    let at = this.#heap.length - 1
    while (at > 0 && this.#isEarlier(at, (at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1)
  }

  /** Lets the next event happen; false when there is none. */
  step(): boolean {
    const [first] = this.#heap
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return false
    if (last !== first) {
      this.#heap[0] = last
      this.#sink()
    }
    this.#nowSeconds = first.atSeconds
    first.happen()
    return true
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const child = this.#isEarlier(left + 1, left) ? left + 1 : left
      if (!this.#isEarlier(child, at)) return
      at = this.#swap(at, child)
    }
  }

  #isEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (a === undefined || b === undefined) return false
    return a.atSeconds < b.atSeconds || (a.atSeconds === b.atSeconds && a.order < b.order)
  }

  #swap(one: number, other: number): number {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (a !== undefined && b !== undefined) {
      this.#heap[one] = b
      this.#heap[other] = a
    }
    return other
  }
}
