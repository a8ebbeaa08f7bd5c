/** Log entries as lines of JSON, and which of them a reader wants. */
import type { LogEntry, LogFilter } from './log-store.ts'

/** Longer texts become several entries, so that a line always fits into the memory of a reader. */
const maxTextLength = 256 * 1024

/** One line per entry, each with its line feed. */
export function linesOf(entries: readonly LogEntry[]): string {
  return entries
    .flatMap(splitText)
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('')
}

/** The entry in a line, if it matches; undefined also for the torn line that a crash can leave. */
export function entryOf(line: string, filter: LogFilter): LogEntry | undefined {
  // Looking for the texts first saves parsing most lines.
  if (line === '' || ![filter.requestId, filter.source].every((text) => line.includes(text ?? ''))) {
    return undefined
  }
  const entry = parse(line)
  return entry && matches(entry, filter) ? entry : undefined
}

function splitText(entry: LogEntry): LogEntry[] {
  const { text } = entry
  if (text.length <= maxTextLength) return [entry]
  const count = Math.ceil(text.length / maxTextLength)
  return Array.from({ length: count }, (_, index) => ({
    ...entry,
    text: text.slice(index * maxTextLength, (index + 1) * maxTextLength),
  }))
}

function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry
  } catch {
    return undefined
  }
}

function matches(entry: LogEntry, { requestId, source, since }: LogFilter): boolean {
  if (requestId !== undefined && entry.requestId !== requestId) return false
  if (source !== undefined && entry.source !== source) return false
  return since === undefined || Date.parse(entry.time) >= Date.parse(since)
}
