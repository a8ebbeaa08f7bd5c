/** Does a piece of work once for everybody who asks for it at the same time. */
import type { OnLine } from './run-tool.ts'

export interface Watcher {
  onLine: OnLine
  signal: AbortSignal
}

interface Flight<T> {
  result: Promise<T>
  lines: string[]
  watchers: Set<OnLine>
  /** Stops the work once nobody waits for it any more. */
  abandon: AbortController
}

/** Everyone sees all lines, also those from before they joined; one who gives up does not stop the others. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  async run(key: string, watcher: Watcher, work: (watcher: Watcher) => Promise<T>): Promise<T> {
    watcher.signal.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#start(key, work)
    const onLine: OnLine = (line) => watcher.onLine(line)
    flight.lines.forEach(onLine)
    flight.watchers.add(onLine)
    try {
      return await untilAborted(flight.result, watcher.signal)
    } finally {
      flight.watchers.delete(onLine)
      if (flight.watchers.size === 0) this.#leave(key, flight)
    }
  }

  #start(key: string, work: (watcher: Watcher) => Promise<T>): Flight<T> {
    const abandon = new AbortController()
    const lines: string[] = []
    const watchers = new Set<OnLine>()
    const onLine: OnLine = (line) => {
      lines.push(line)
      watchers.forEach((watcher) => watcher(line))
    }
    const result = work({ onLine, signal: abandon.signal })
    const flight = { result, lines, watchers, abandon }
    this.#flights.set(key, flight)
    // A failure is for those who wait; nobody may be waiting when it comes.
    result.catch(() => undefined).finally(() => this.#forget(key, flight))
    return flight
  }

  #leave(key: string, flight: Flight<T>): void {
    this.#forget(key, flight)
    flight.abandon.abort(new Error('nobody waits for it any more'))
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}

/** Settles as `result` does, unless the signal comes first. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const stop = () => reject(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  result.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  return promise
}
