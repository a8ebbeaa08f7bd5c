/** Lays out results: aligned on a terminal, tab-separated where a program reads. */
import type { Sink } from '../world.ts'

export interface Table {
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Columns two spaces apart under their titles on a terminal; else one line per row, cells separated by tabs. */
export function renderTable({ columns, rows }: Table, sink: Pick<Sink, 'isTerminal' | 'columns'>): string {
  if (!sink.isTerminal) return rows.map(tabSeparated).join('')
  if (rows.length === 0) return 'none\n'
  const titles = columns.map((column) => column.toUpperCase())
  return align([titles, ...rows], sink.columns)
}

/** Labels and values, one pair per line; pairs without a value are left out. */
export function renderDetails(
  pairs: readonly (readonly [label: string, value: string | undefined])[],
  sink: Pick<Sink, 'isTerminal'>,
): string {
  const rows = pairs.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]))
  return sink.isTerminal ? align(rows, Infinity) : rows.map(tabSeparated).join('')
}

function tabSeparated(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')).join('\t')}\n`
}

function align(rows: readonly (readonly string[])[], width: number): string {
  const flat = rows.map((row) => row.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')))
  const widths = (flat[0] ?? []).map((_, column) => Math.max(...flat.map((row) => row[column]?.length ?? 0)))
  return flat
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${shorten(line.trimEnd(), width)}\n`)
    .join('')
}

function shorten(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`
}
