/** Writes the measurements down as Markdown. */
import { readFile, writeFile } from 'node:fs/promises'
import { type Bar, bars, isMet } from './bars.ts'
import type { Contender } from './contenders/contender.ts'
import { peerPackages, pythonSeries } from './contenders/packages.ts'
import { maxForeignCores } from './load/idle.ts'
import {
  figureSamples,
  type LoadFigure,
  loadFigures,
  type Measurements,
  middle,
  ratio,
} from './measurements.ts'

export interface ReportInput {
  measurements: Measurements
  contenders: readonly Contender[]
  /** Machine, Node and date. */
  surroundings: string
  rounds: number
  seconds: number
}

export function describeScoring(input: ReportInput): string {
  const { measurements, surroundings, rounds, seconds } = input
  const parts = [
    `${surroundings}, Python ${pythonSeries}; medians of ${rounds} × ${seconds} s.`,
    serverTable(input),
    barTable(bars(measurements)),
    `Versions: ${Object.values(peerPackages).flat().join(', ')}.`,
    ...notes(input),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const serverHead = [
  'server',
  'c=1: requests/s',
  'p50 / p99 ms',
  '×',
  'c=32: requests/s',
  'p50 / p99 ms',
  '×',
  'CPU µs per request',
  'memory MB',
  'first reply s',
]

/** × is against the reference, round by round. */
function serverTable({ measurements, contenders }: ReportInput): string {
  const rows = contenders
    .filter(({ name }) => measurements.loads.some(({ contender }) => contender === name))
    .map(({ name, title }) => [
      title,
      ...loadCells(measurements, name, 'c=1'),
      ...loadCells(measurements, name, 'c=32'),
      format(middle(loadFigures(measurements, { contender: name, load: 'c=32', figure: 'cpuUsPerRequest' }))),
      format(middle(figureSamples(measurements, name, 'memory MB'))),
      format(middle(figureSamples(measurements, name, 'first reply ms')) / 1000),
    ])
  return markdownTable([serverHead, ...rows])
}

function loadCells(measurements: Measurements, contender: string, load: string): string[] {
  const of = (name: string, figure: LoadFigure) =>
    loadFigures(measurements, { contender: name, load, figure })
  const rates = of(contender, 'requestsPerSecond')
  const values = rates.map(({ value }) => value)
  const spread = `${format(Math.min(...values))}–${format(Math.max(...values))}`
  return [
    `${format(middle(rates))} (${spread})`,
    `${format(middle(of(contender, 'p50Ms')))} / ${format(middle(of(contender, 'p99Ms')))}`,
    format(ratio(rates, of('azureml', 'requestsPerSecond'))),
  ]
}

function barTable(all: readonly Bar[]): string {
  const words = { 'at-least': 'at least', 'at-most': 'at most', below: 'below' }
  const rows = all.map((bar) => [
    bar.what,
    `${words[bar.rule.kind]} ${bar.rule.value} ${bar.rule.unit}`,
    Number.isNaN(bar.value) ? '' : `${format(bar.value)} ${bar.rule.unit}`,
    verdict(bar),
  ])
  return markdownTable([['bar', 'asked', 'measured', ''], ...rows])
}

function verdict(bar: Bar): string {
  if (Number.isNaN(bar.value)) return 'not measured'
  return isMet(bar) ? 'met' : 'not met'
}

function notes({ measurements: { loads, missing } }: ReportInput): string[] {
  const disturbed = loads.filter(({ foreignCores }) => foreignCores > maxForeignCores).length
  const failing = loads.filter(({ errors }) => errors > 0)
  return [
    ...(disturbed > 0
      ? [
          `${disturbed} of ${loads.length} measurements were disturbed: others used more than ${maxForeignCores} cores.`,
        ]
      : []),
    ...failing.map(
      ({ contender, load, round, errors }) =>
        `${errors} requests failed: ${contender}, ${load}, round ${round}.`,
    ),
    ...missing.map(({ contender, reason }) => `Left out: ${contender}: ${reason.split('\n')[0] ?? ''}`),
  ]
}

function format(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 100) return value.toLocaleString('en', { maximumFractionDigits: 0 })
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows
  const rule = head.map(() => '---')
  return [head, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const start = '<!-- measured: written by npm run bench:scoring -- --write -->'
const end = '<!-- end of measured -->'

/** Puts the text between the markers of the page. Errors: the page has no markers. */
export async function writeBetweenMarkers(page: string, text: string): Promise<void> {
  const before = await readFile(page, 'utf8')
  const from = before.indexOf(start)
  const to = before.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${page} has no place for the tables: ${start} … ${end}`)
  await writeFile(page, `${before.slice(0, from + start.length)}\n\n${text}\n\n${before.slice(to)}`)
}
