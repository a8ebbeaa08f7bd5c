/** Requests over time for the simulation of the autoscaler: recorded ones, and made ones. */
import * as z from 'zod'
import { ApiError } from '../errors.ts'

/** One request of a trace. */
export interface Arrival {
  /** Since the beginning of the trace. */
  timeSeconds: number
  /** Time it takes in `run`. */
  runSeconds: number
}

/** A time of steady load. */
export interface RatePhase {
  seconds: number
  requestsPerSecond: number
  runSeconds: number
}

const Row = z.object({ time_seconds: z.coerce.number().min(0), run_seconds: z.coerce.number().min(0) })
const columns = ['time_seconds', 'run_seconds']

/**
 * Reads a recorded trace: CSV with a header that names `time_seconds` and `run_seconds`, or one JSON object with these
 * two per line. The times may begin anywhere and come in any order. Throws `invalid` for what it cannot read.
 */
export function parseTrace(text: string): Arrival[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }))
  const [first, ...rest] = lines.filter(({ line }) => line !== '')
  if (first === undefined) throw new ApiError('invalid', 'a trace must have at least one request')
  const isJson = first.line.startsWith('{')
  const header = first.line.split(',').map((cell) => cell.trim())
  if (!isJson && !columns.every((column) => header.includes(column)))
    throw new ApiError('invalid', `line 1 of a trace must name ${columns.join(' and ')} (${first.line})`)
  const arrivals = isJson
    ? [first, ...rest].map(({ line, number }) => arrivalOf(parseJson(line), number))
    : rest.map(({ line, number }) => arrivalOf(cellsOf(header, line), number))
  return inOrder(arrivals)
}

/**
 * Makes a trace: phases one after another, in each of which requests come at random, at the given rate. The same phases
 * give the same trace.
 */
export function arrivalsOf(phases: readonly RatePhase[]): Arrival[] {
  const random = aRandom(1)
  const arrivals: Arrival[] = []
  let startSeconds = 0
  for (const { seconds, requestsPerSecond, runSeconds } of phases) {
    const gap = () => -Math.log(1 - random()) / requestsPerSecond
    const endSeconds = startSeconds + seconds
    for (let timeSeconds = startSeconds + gap(); timeSeconds < endSeconds; timeSeconds += gap())
      arrivals.push({ timeSeconds, runSeconds })
    startSeconds = endSeconds
  }
  return arrivals
}

function arrivalOf(row: unknown, lineNumber: number): Arrival {
  const { success, data } = Row.safeParse(row)
  if (success) return { timeSeconds: data.time_seconds, runSeconds: data.run_seconds }
  throw new ApiError('invalid', `line ${lineNumber} of a trace must give ${columns.join(' and ')} in seconds`)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** An empty cell is no number. */
function cellsOf(header: readonly string[], line: string): Record<string, string | undefined> {
  const cells = line.split(',').map((cell) => cell.trim())
  return Object.fromEntries(header.map((column, at) => [column, cells[at] === '' ? undefined : cells[at]]))
}

function inOrder(arrivals: readonly Arrival[]): Arrival[] {
  const sorted = arrivals.toSorted((a, b) => a.timeSeconds - b.timeSeconds)
  const firstSeconds = sorted[0]?.timeSeconds ?? 0
  return sorted.map((arrival) => ({ ...arrival, timeSeconds: arrival.timeSeconds - firstSeconds }))
}

/** Mulberry32: 32 bits of state are enough for arrivals, and every machine makes the same ones. */
function aRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
