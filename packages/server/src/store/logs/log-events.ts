/** A log as server-sent events. */
import type { LogEntry, LogFilter, LogStore } from './log-store.ts'

export interface FollowOptions {
  filter: LogFilter
  signal: AbortSignal
  /** Ends the stream after the entry for which it is true; without it, the stream ends with the signal. */
  isLast?(entry: LogEntry): boolean
}

export async function* logEvents(
  logs: LogStore,
  key: string,
  { filter, signal, isLast }: FollowOptions,
): AsyncIterable<{ data: LogEntry }> {
  for await (const entry of logs.follow(key, filter, signal)) {
    yield { data: entry }
    if (isLast?.(entry)) return
  }
}
