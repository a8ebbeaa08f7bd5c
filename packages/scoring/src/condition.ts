/** Lets promises wait until something has become true; whoever changes the state says so. */

interface Waiter {
  isTrue(): boolean
  resolve(): void
}

export class Condition {
  readonly #waiters = new Set<Waiter>()

  /** Looks again at everything that is waited for. */
  notify(): void {
    for (const waiter of this.#waiters) if (waiter.isTrue()) waiter.resolve()
  }

  /** Resolves once `isTrue`; rejects with the reason of `signal`. */
  async until(isTrue: () => boolean, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (isTrue()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { isTrue, resolve }
    const onAbort = () => reject(signal?.reason as Error)
    this.#waiters.add(waiter)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      this.#waiters.delete(waiter)
      signal?.removeEventListener('abort', onAbort)
    }
  }
}
