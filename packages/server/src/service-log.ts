/** Writes what the replicas of services print to the logs of their services. */
import { LineLimit, type LineLimitOptions } from './line-limit.ts'
import { serviceLogKey } from './services/service-document.ts'
import type { LogEntry, LogStore } from './store/logs/log-store.ts'

export interface ServiceLogOptions {
  logs: Pick<LogStore, 'append'>
  now(): Date
  /** What each replica may write. */
  limit: LineLimitOptions
  /** Called with the first of each row of failures. */
  onError(error: unknown): void
}

/** A line of a replica; `replica` is its id, or the id of its endpoint: `id#restarts`. */
export type PrintedLine = Omit<LogEntry, 'time' | 'source'> & {
  replica: string
  /** When it was printed; now unless given. */
  time?: string
}

export interface ServiceLog {
  write(place: { workspace: string; name: string }, line: PrintedLine): void
}

/** Lines that cannot be kept are lost: a full disk makes a service neither slower nor end, and nor does a script that prints without end. */
export function createServiceLog({ logs, now, limit, onError }: ServiceLogOptions): ServiceLog {
  const lineLimit = new LineLimit(limit)
  let isFailing = false
  const keep = async (key: string, entry: LogEntry) => {
    try {
      await logs.append(key, [entry])
      isFailing = false
    } catch (error) {
      if (!isFailing) onError(error)
      isFailing = true
    }
  }
  return {
    write(place, { replica, ...line }) {
      const [source = ''] = replica.split('#')
      const key = serviceLogKey(place)
      const time = now().toISOString()
      const { isKept, notice } = lineLimit.admit(`${key} ${source}`, line.text)
      // Keeping never rejects.
      if (notice !== undefined) void keep(key, { time, source, stream: 'system', text: notice })
      if (isKept) void keep(key, { time, ...line, source })
    },
  }
}
