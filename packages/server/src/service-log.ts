/** Writes what the replicas of services print to the logs of their services. */
import { serviceLogKey } from './services/service-document.ts'
import type { LogEntry, LogStore } from './store/logs/log-store.ts'

export interface ServiceLogOptions {
  logs: Pick<LogStore, 'append'>
  now(): Date
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

/** Lines that cannot be kept are lost; a full disk makes a service neither slower nor end. */
export function createServiceLog({ logs, now, onError }: ServiceLogOptions): ServiceLog {
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
      // Never rejects.
      void keep(serviceLogKey(place), { time: now().toISOString(), ...line, source })
    },
  }
}
