/** Writes what a command found out to stdout, in the form that was asked for. */
import type { Sink } from '../world.ts'
import { renderDetails, renderTable, type Table } from './table.ts'

export type View =
  | ({ kind: 'table' } & Table)
  | { kind: 'details'; pairs: readonly (readonly [label: string, value: string | undefined])[] }
  | { kind: 'lines'; lines: readonly string[] }

export type OutputFormat = 'text' | 'json'

/** Writes `document` as JSON, or `view` as text. */
export function writeResult(
  sink: Sink,
  { format, document, view }: { format: OutputFormat; document: unknown; view: View },
): void {
  sink.write(format === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : renderView(view, sink))
}

function renderView(view: View, sink: Sink): string {
  switch (view.kind) {
    case 'table':
      return renderTable(view, sink)
    case 'details':
      return renderDetails(view.pairs, sink)
    default:
      return view.lines.map((line) => `${line}\n`).join('')
  }
}
