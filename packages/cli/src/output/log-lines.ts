/** Writes entries of a log as lines. */
import type { LogEntry } from '@slipway/contract'
import type { Action } from '../action.ts'

/** Time, source and text. */
export function logLine({ time, source, text }: LogEntry): string {
  return `${time} ${source} ${text.replace(/\n$/, '')}`
}

/** Shows what was read at once. */
export function showLog(action: Action, items: readonly LogEntry[]): void {
  action.show(items, { kind: 'lines', lines: items.map(logLine) })
}

/** Shows entries as they come, as JSON one per line. Ends with the stream. */
export async function followEntries(action: Action, entries: AsyncIterable<LogEntry>): Promise<void> {
  for await (const entry of entries) {
    const line = action.format === 'json' ? JSON.stringify(entry) : logLine(entry)
    action.world.stdout.write(`${line}\n`)
  }
}
