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

/** Resolves or rejects as `work` does; rejects with the reason of `signal` when that aborts first: the work goes on. */
export async function orAborted(work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal?.reason as Error)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([aborted, work])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
