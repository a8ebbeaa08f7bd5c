/** Where the output of services and builds is kept: one append-only log per key. */

export interface LogEntry {
  /** ISO 8601. */
  time: string
  /** The replica or build step that printed it. */
  source: string
  stream: 'stdout' | 'stderr' | 'system'
  /** The request that was being answered. */
  requestId?: string | undefined
  text: string
}

export interface LogFilter {
  /** Newest entries wanted; default 1000. */
  lines?: number | undefined
  requestId?: string | undefined
  /** Only what this replica or build step printed. */
  source?: string | undefined
  /** Only entries of this time (ISO 8601) and later. */
  since?: string | undefined
}

export interface LogStore {
  /** Queues entries; they are on disk within 50 ms, and visible to readers at once. Waits only when too much is queued. */
  append: (key: string, entries: readonly LogEntry[]) => Promise<void>
  /** The newest entries that match, oldest first. An unknown key has none. */
  read: (key: string, filter?: LogFilter) => Promise<LogEntry[]>
  /** What `read` gives, then each entry as it is appended. Ends when the signal is aborted, the log is removed or the store closes. */
  follow: (key: string, filter: LogFilter, signal: AbortSignal) => AsyncIterable<LogEntry>
  /** Removing an unknown log succeeds. */
  remove: (key: string) => Promise<void>
  /** Writes what is queued. */
  close: () => Promise<void>
}
