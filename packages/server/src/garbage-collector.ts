/** Looks for garbage from time to time, one look at a time. */

export interface GarbageCollectorOptions {
  collect(signal: AbortSignal): Promise<unknown>
  onError(error: unknown): void
  /** Between the end of a look and the next; default one hour. */
  everyMs?: number
}

export interface GarbageCollector {
  start(): void
  /** Breaks off the look that runs, and resolves once it has ended. */
  close(): Promise<void>
}

export function createGarbageCollector(options: GarbageCollectorOptions): GarbageCollector {
  const { collect, onError, everyMs = 60 * 60 * 1000 } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    if (!signal.aborted) timer = setTimeout(() => void (running = look()), everyMs)
  }
  const look = async () => {
    try {
      await collect(signal)
    } catch (error) {
      if (!signal.aborted) onError(error)
    }
    wait()
  }
  return {
    start: wait,
    async close() {
      clearTimeout(timer)
      stopping.abort(new Error('the server is stopping'))
      await running
    },
  }
}
